"""The ASGI application that `./run web` serves."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passepartout.config.settings")
os.environ.setdefault("DATABASE_POOL", "12")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402  (only now are the settings there)

from engines.text import lexicon  # noqa: E402
from passepartout.kernel.rest.bodies import BodyLimit  # noqa: E402
from passepartout.llm.engines_in_use import prepare_language_model  # noqa: E402
from passepartout.realtime.gate import gate  # noqa: E402

lexicon.load()
prepare_language_model()

FORM_BYTES = 1024 * 1024  # the other fields of an upload, and the form's own lines
application = ProtocolTypeRouter(
    {
        "http": BodyLimit(django_application, limit=settings.UPLOAD_MAX_BYTES + FORM_BYTES),
        "websocket": gate,
    }
)
