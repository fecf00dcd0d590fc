"""What an export says of itself, in the organization's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from passepartout.tenancy.models import Organization

from .models import DataRequest

NAMES = {
    "clients": ("fiches client", "client records"),
    "client_contacts": ("contacts", "contacts"),
    "projects": ("projets", "projects"),
    "members": ("comptes et appartenances", "accounts and memberships"),
    "documents": ("documents, avec leurs fichiers", "documents, with their files"),
    "conversations": ("conversations", "conversations"),
    "llm_jobs": ("questions posées aux moteurs et leurs réponses", "questions put to engines and their answers"),
    "notifications": ("notifications et préférences", "notifications and preferences"),
    "golden_questions": ("questions de référence", "reference questions"),
}
FRENCH = """{organization} : copie de vos données (article 15 du RGPD)

Demande {request}, reçue le {received}.

{listed}

Le dossier « data » contient un fichier JSON par sorte de données, le dossier « files » les fichiers eux-mêmes,
et SHA256SUMS l'empreinte de chacun.
{left_out}
Vous pouvez demander la rectification ou l'effacement de ces données, et saisir la CNIL (www.cnil.fr).
"""
ENGLISH = """{organization}: a copy of your data (Article 15 GDPR)

Request {request}, received on {received}.

{listed}

The folder "data" holds one JSON file for each kind of data, the folder "files" the files themselves, and
SHA256SUMS the hash of each.
{left_out}
You may ask for these data to be corrected or erased, and complain to your data protection authority.
"""
LEFT_OUT = (
    "\n{count} élément(s) n'y sont pas, parce qu'ils portent atteinte aux droits d'autrui ou que la loi s'y oppose.\n",
    "\n{count} item(s) are not in it, because of the rights of others or because a law forbids it.\n",
)


@dataclass(frozen=True)
class Page:
    name: str
    text: str


def readme(organization: Organization, request: DataRequest, *, written: Mapping[str, int], left_out: int) -> Page:
    french = organization.locale.startswith("fr")
    listed = [f"- {NAMES.get(name, (name, name))[0 if french else 1]}: {count}" for name, count in written.items()]
    text = (FRENCH if french else ENGLISH).format(
        organization=organization.name,
        request=request.pk,
        received=request.created_at.date().isoformat(),
        listed="\n".join(listed) or "-",
        left_out=LEFT_OUT[0 if french else 1].format(count=left_out) if left_out else "",
    )
    return Page("LISEZMOI.txt" if french else "README.txt", text)
