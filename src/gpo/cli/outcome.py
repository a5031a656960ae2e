"""Knows the flags for how an outcome is told, and for what a pipeline insists on. Tells nothing itself."""

import argparse

GATE = 100
"""The exit code where a run went well and did not find what a pipeline insists on."""


def add_gate(parser: argparse.ArgumentParser) -> None:
    """What a pipeline may insist on."""
    said = f"exit code {GATE} where the verdict is another or there is none, for pipelines"
    parser.add_argument("--fail-unless", choices=("improved",), help=said)


def add_reporting(parser: argparse.ArgumentParser) -> None:
    """How the outcome is told."""
    parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")
    parser.add_argument("-o", "--output", metavar="FILE", help="also write the result as JSON to a file")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
