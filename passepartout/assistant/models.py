"""Conversations: what was asked and answered, with the citations as they were given. What was said is encrypted."""

from django.db import models

from passepartout.kernel.fields import EncryptedJSONField, EncryptedTextField
from passepartout.kernel.rls import TenantReference
from passepartout.kernel.tenant import TenantModel
from passepartout.llm.models import LlmJob
from passepartout.proposals.models import Proposal
from passepartout.tenancy.models import User


class Conversation(TenantModel):
    """Belongs to one user; nobody else reads it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    title = EncryptedTextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "conversations"
        indexes = [models.Index(fields=["org", "user", "-updated_at"], name="conversations_recent")]

    def __str__(self) -> str:
        return str(self.pk)


class Message(TenantModel):
    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Status(models.TextChoices):
        COMPLETE = "complete"
        STREAMING = "streaming"  # the answer is on its way, or was when its server died
        STOPPED = "stopped"  # by whoever asked; the text is what had been said
        ERASED = "erased"  # on the request of the person whom it was about; nothing of it is left
        INTERRUPTED = "interrupted"  # its server died; the text is what had been kept of it, unchecked

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_constraint=False
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    text = EncryptedTextField(blank=True, default="")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.COMPLETE)
    citations = EncryptedJSONField(blank=True, default=list)
    sentences = EncryptedJSONField(blank=True, default=list)  # text, grounded, reason, numbers of its citations
    sources = EncryptedJSONField(blank=True, default=list)  # what was shown to the answering engine, with scores
    engine = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=100, blank=True, default="")
    fallback_reason = models.CharField(max_length=64, blank=True, default="")
    forbidden = models.BooleanField(default=False)  # said that rights hid documents
    confidence = models.FloatField(null=True)
    llm_job = models.ForeignKey(LlmJob, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)

    class Meta(TenantModel.Meta):
        db_table = "messages"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="conversation", name="messages_conversation"),
            TenantReference(field="llm_job", name="messages_llm_job"),
            TenantReference(field="proposal", name="messages_proposal"),
        ]
        indexes = [
            models.Index(fields=["org", "conversation", "created_at"], name="messages_in_order"),
            models.Index(fields=["created_at"], name="messages_on_their_way", condition=models.Q(status="streaming")),
        ]

    def __str__(self) -> str:
        return str(self.pk)
