"""From what providers list to what held when: listing rows, unified rows, intervals, histories."""
