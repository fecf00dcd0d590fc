"""What can go wrong while starting or running the embedded installation.

EmbeddedError
├── ProgramFailed       a program ended before it was ready, or never became ready
├── PortTaken           the port that was asked for is in use
├── AddressUnusable     this account cannot listen on the address that was asked for
├── AlreadyRunning      another supervisor holds this data directory
├── SecretsIncomplete   a secret that existing rows depend on is missing
├── PlacementFailed     no directory was found that the database account may use
└── SetupFailed         a set-up step (migrations, model building) ended with an error
"""


class EmbeddedError(Exception):
    """Shown to the operator as one line, without a stack trace."""


class ProgramFailed(EmbeddedError):
    pass


class PortTaken(EmbeddedError):
    pass


class AddressUnusable(EmbeddedError):
    pass


class AlreadyRunning(EmbeddedError):
    pass


class SecretsIncomplete(EmbeddedError):
    pass


class PlacementFailed(EmbeddedError):
    pass


class SetupFailed(EmbeddedError):
    pass
