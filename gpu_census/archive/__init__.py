"""Past listings that ship with the package, and how any archive of the same form is read (`reading`)."""
