"""The ASGI application that `./run web` serves."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passepartout.config.settings")
os.environ.setdefault("DATABASE_POOL", "12")
application = get_asgi_application()
