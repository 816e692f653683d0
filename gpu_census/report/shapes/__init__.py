"""World shapes: `world.json` and its reader. How the file was made is in `slim.py`, its licence in `README.md`."""
