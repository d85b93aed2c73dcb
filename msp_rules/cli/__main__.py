"""Runs the command line as `python -m msp_rules.cli`, where its script is not installed."""

from msp_rules.cli.start import main

if __name__ == "__main__":
    main()
