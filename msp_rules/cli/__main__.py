"""`python -m msp_rules.cli`: the command line without its script."""

from msp_rules.cli.main import main

if __name__ == "__main__":
    main()
