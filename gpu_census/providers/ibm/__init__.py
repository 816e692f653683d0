"""IBM Cloud: the documentation's page of GPU profiles, and the signed VPC API of every region."""
