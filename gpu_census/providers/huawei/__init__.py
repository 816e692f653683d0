"""Huawei Cloud: price calculators of its China and international sites, and the signed ECS API's list of flavors."""
