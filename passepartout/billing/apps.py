from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "passepartout.billing"
    label = "billing"
