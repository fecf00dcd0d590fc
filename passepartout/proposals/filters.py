import django_filters

from .models import PROPOSAL, Proposal


class ProposalFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=[(state, state) for state in PROPOSAL.states])
    risk = django_filters.ChoiceFilter(choices=Proposal.Risk.choices)
    kind = django_filters.ChoiceFilter(choices=Proposal.Kind.choices)
    requester = django_filters.UUIDFilter()

    class Meta:
        model = Proposal
        fields = ["status", "risk", "kind", "requester"]
