"""python -m lotsman is the command line."""

from lotsman.cli.main import main

main()
