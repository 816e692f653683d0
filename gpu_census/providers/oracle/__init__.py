"""Oracle Cloud Infrastructure: the shapes that a tenancy may launch in each region it is subscribed to."""
