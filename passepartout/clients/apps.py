from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "passepartout.clients"
    label = "clients"
