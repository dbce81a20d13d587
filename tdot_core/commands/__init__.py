"""The command line's commands, one file each: NAME, HELP, add_arguments(parser) and run(args) -> Report."""
