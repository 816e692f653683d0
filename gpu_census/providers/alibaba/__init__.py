"""Alibaba Cloud: public price files of two sites, and what the signed ECS API says can be bought, zone by zone."""
