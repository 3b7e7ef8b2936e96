"""The scenario engine: YAML rules into answers."""

from mockserver.scenarios.answering.functions import KEY as FUNCTION
from mockserver.scenarios.answering.variables import Variables
from mockserver.scenarios.batches import read_batches
from mockserver.scenarios.choosing import NO_SCENARIOS, NOTHING, Choice, ScenarioSet, choose, take
from mockserver.scenarios.explaining import Miss, explain, explain_wish, list_met, unmatched_message
from mockserver.scenarios.linting import lint, lint_text
from mockserver.scenarios.loading import load
from mockserver.scenarios.matching.conditions import Condition, Met, condition
from mockserver.scenarios.models import models_in_use
from mockserver.scenarios.parsing import parse, parse_answers
from mockserver.scenarios.reading.file_reader import FileReader, Look, Signature, is_final, sign
from mockserver.scenarios.scripts import Breach, Extensions, Scenario, Step

__all__ = [
    "FUNCTION",
    "NOTHING",
    "NO_SCENARIOS",
    "Breach",
    "Choice",
    "Condition",
    "Extensions",
    "FileReader",
    "Look",
    "Met",
    "Miss",
    "Scenario",
    "ScenarioSet",
    "Signature",
    "Step",
    "Variables",
    "choose",
    "condition",
    "explain",
    "explain_wish",
    "is_final",
    "lint",
    "lint_text",
    "list_met",
    "load",
    "models_in_use",
    "parse",
    "parse_answers",
    "read_batches",
    "sign",
    "take",
    "unmatched_message",
]
