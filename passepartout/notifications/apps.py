from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "passepartout.notifications"
    label = "notifications"

    def ready(self) -> None:
        from django.conf import settings

        from passepartout.kernel import events
        from passepartout.kernel.personal import register_source
        from passepartout.kernel.retention import Rule, register_rule

        from .kinds import EVENTS
        from .personal import NOTIFICATIONS, expire
        from .services import notify

        events.subscribe("notifications", notify, kinds=EVENTS)
        register_source(NOTIFICATIONS)
        register_rule(Rule("notifications", lambda: settings.RETENTION_NOTIFICATIONS_DAYS, expire))
