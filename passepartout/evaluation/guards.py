"""The golden questions stand before every prompt that comes into production (llm/activation.py)."""

from passepartout.llm.activation import Activation
from passepartout.llm.models import PromptLabel
from passepartout.tenancy.callers import Caller

from .services import Change, guard_change

ANSWERING = "chat"  # the one prompt that golden questions are answered with


def before_activation(caller: Caller, activation: Activation) -> list[str]:
    """Warnings. Raises Conflict ``golden_fell``. Prompts that do not answer questions, and staging, pass unasked."""
    if activation.prompt is None or activation.key != ANSWERING or activation.label != PromptLabel.Name.PRODUCTION:
        return []
    change = Change(activation.kind, f"{activation.key}:{activation.label}", activation.prompt.sha256)
    return guard_change(caller, change, prompt=activation.prompt)
