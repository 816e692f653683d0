"""AWS: the docs page of families by region, two public price lists, the spot advisor, and the signed EC2 API."""
