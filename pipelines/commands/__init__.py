"""What subcommands of ``aftercall`` do, one module each; the command line itself stands in ``pipelines/cli.py``."""
