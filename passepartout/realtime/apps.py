from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "passepartout.realtime"
    label = "realtime"

    def ready(self) -> None:
        from passepartout.kernel import events, progress

        from .sending import announce, show_progress

        events.subscribe("realtime", announce)
        progress.listen(show_progress)
