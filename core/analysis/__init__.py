"""Why is it wrong? Errors of a run grouped by cause; arrays in, frozen records out."""

from core.analysis.inputs import Analysis, Finding, Inputs, Shortcut, Suspect, margins
from core.analysis.report import analyse

__all__ = ["Analysis", "Finding", "Inputs", "Shortcut", "Suspect", "analyse", "margins"]
