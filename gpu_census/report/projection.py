"""The map's projection: degrees to places on the page. Equal Earth, so that no country looks larger than it is."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

WIDTH, HEIGHT = 1000.0, 436.0
NORTHERNMOST = 84.0  # and the southern edge is at 57 degrees: the map ends where nobody rents anything out

# Šavrič, Patterson and Jenny (2018), "The Equal Earth map projection"
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = sqrt(3) / 2


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Where a place is on the unit sphere's map, x to the east and y to the north."""
    theta = asin(M * sin(radians(latitude)))
    square = theta * theta
    sixth = square * square * square
    x = radians(longitude) * cos(theta) / (M * (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)))
    y = theta * (A1 + A2 * square + sixth * (A3 + A4 * square))
    return x, y


EAST_END = equal_earth(180, 0)[0]
TOP = equal_earth(0, NORTHERNMOST)[1]
SCALE = WIDTH / (2 * EAST_END)


def on_map(longitude: float, latitude: float) -> tuple[float, float]:
    """Where a place is on a map that is `WIDTH` wide, from the upper left corner."""
    x, y = equal_earth(longitude, latitude)
    return (x + EAST_END) * SCALE, (TOP - y) * SCALE
