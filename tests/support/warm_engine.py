"""An engine that processes forked from a server find ready: see `kill_run`."""

from msp_rules.engine.engine import Engine
from tests.support.core import core_ruleset

ENGINE = Engine(core_ruleset(), matcher="python")
