from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "passepartout.notifications"
    label = "notifications"

    def ready(self) -> None:
        from passepartout.kernel import events

        from .kinds import EVENTS
        from .services import notify

        events.subscribe("notifications", notify, kinds=EVENTS)
