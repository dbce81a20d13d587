"""A guided tour over the screens: five steps, the present one in the address, left at any time."""
