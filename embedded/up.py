"""`./run up`: everything, in order, until Ready is true at the address the user will open; then until it is stopped."""

import argparse
import asyncio
import os
import re
import signal
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from embedded import children, commands, frontend
from embedded.children import ROOT, inherited
from embedded.environment import Endpoints, gguf, inference_environment, llm_environment
from embedded.errors import PortTaken, SetupFailed
from embedded.journal import Console
from embedded.layout import Layout
from embedded.lifetime import until_stopped
from embedded.models import check_language_model, ensure_models, is_built
from embedded.ownership import announce, end_leftovers, exclusive
from embedded.ports import holder_text, is_free, kept_port, next_free
from embedded.programs import tied_to_parent
from embedded.services import Services, bootstrap_roles, existing_or_new_secrets, postgres_server
from embedded.supervisor import Supervisor
from embedded.valkey import ValkeyServer

_DEFAULT_PORT = 8000
_READY_SECONDS = 120
_EXCEPTION = re.compile(r"[A-Za-z_]+\w*(\.\w+)+: ")


def up(options: argparse.Namespace) -> int:
    layout = Layout.at(options.data).create()
    with exclusive(layout.run, "up"):
        return asyncio.run(_run(options, layout))


async def _run(options: argparse.Namespace, layout: Layout) -> int:
    console = Console()
    supervisor = Supervisor(layout.run, layout.logs, console)
    await until_stopped(supervisor, _Start(options, layout, supervisor, console).everything(), console)
    return 0


@dataclass
class _Start:
    options: argparse.Namespace
    layout: Layout
    supervisor: Supervisor
    console: Console
    _step: int = 0

    async def everything(self) -> None:
        """Raises EmbeddedError."""
        host, port = self._address()
        services = await self._databases()
        url = f"http://{children.opened_by_user(host)}:{port}"
        endpoints = replace(services.endpoints, public_url=url, allowed_hosts=_allowed_hosts(host))
        services = replace(services, endpoints=endpoints)
        await self._inference(services)
        await self._migrate(services)
        await self._platform(services, host, port, await self._pages())
        await self._until_ready(url)
        demo = await self._demo(services)
        announce(self.layout.run, "up", url)
        await self._banner(services, url, demo)

    def _say_step(self, text: str) -> None:
        self._step += 1
        self.console.say(f"[{self._step}/{7 if self.options.demo else 6}] {text}")

    async def _databases(self) -> Services:
        ended = await asyncio.to_thread(end_leftovers, self.layout.run)
        if ended:
            self.console.say(f"ended what an earlier start left running: {', '.join(ended)}")
        new = not (self.layout.postgres / "port").is_file()
        self._say_step("PostgreSQL and Valkey" + (": creating the database (a few seconds)" if new else ""))
        secrets = existing_or_new_secrets(self.layout)
        postgres = postgres_server(self.layout, secrets)
        valkey = ValkeyServer(self.layout.valkey, password=secrets.redis_password)
        programs = [await asyncio.to_thread(postgres.prepare), valkey.prepare()]
        if postgres.cluster.parent != self.layout.postgres:
            self.console.say(
                f"      its account may not enter {self.layout.root}: database in {postgres.cluster.parent}"
            )
        await self.supervisor.start(programs)
        await asyncio.to_thread(bootstrap_roles, postgres, secrets)
        inference_port = kept_port(self.layout.run / "inference.port")
        llm_port = kept_port(self.layout.run / "llm.port") if gguf(self.layout) else 0
        return Services(self.layout, secrets, Endpoints(postgres.port or 0, valkey.port or 0, inference_port, llm_port))

    def _address(self) -> tuple[str, int]:
        host, wanted = self.options.host, self.options.port
        port = wanted or _DEFAULT_PORT
        if is_free(port, host):
            return host, port
        if wanted:
            raise PortTaken(f"port {port} is in use{holder_text(port)}; choose another with --port")
        other = next_free(port, host)
        self.console.say(f"      port {port} is in use{holder_text(port)}: using {other}")
        return host, other

    async def _inference(self, services: Services) -> None:
        environment = inherited() | inference_environment(self.layout, services.secrets)
        if not is_built(self.layout.models):
            self._say_step("Inference: building the embedding model (once, about 15 seconds)")
        else:
            self._say_step("Inference")
        await asyncio.to_thread(ensure_models, self.layout.models, environment)
        port = services.endpoints.inference
        programs = [children.inference_program(port=port, environment=environment)]
        if model := gguf(self.layout):
            self.console.say(f"      reading the language model {model.name}")
            await asyncio.to_thread(check_language_model, model)
            environment = inherited() | llm_environment(self.layout, services.secrets)
            programs.append(children.llm_program(port=services.endpoints.llm, environment=environment))
        await self.supervisor.start(programs)

    async def _migrate(self, services: Services) -> None:
        self._say_step("Database migrations")
        await self._django(services.owner_environment, "migrate", "--no-input")

    async def _django(self, environment: dict[str, str], *arguments: str) -> str:
        return await _finish(commands.django(*arguments), environment, self.layout.logs / f"{arguments[0]}.log")

    async def _pages(self) -> dict[str, str]:
        """Where the pages are, for the web process; nothing where they cannot be built: the small page serves then."""
        self._say_step("Pages")
        found = await asyncio.to_thread(frontend.built)
        if found is None and not await asyncio.to_thread(frontend.failed_before):
            self.console.say("      building them (once, about a minute; `PASSEPARTOUT_FRONTEND=off` leaves it out)")
            found = await self._built_pages()
        if found is None:
            self.console.say("      none were built: serving the small page (`./run frontend` says why)")
        return {"FRONTEND_DIR": str(found)} if found else {}

    async def _built_pages(self) -> Path | None:
        command = [sys.executable, "-m", "embedded", "frontend"]
        try:
            said = await _finish(command, dict(os.environ), self.layout.logs / "frontend.log")
        except SetupFailed as error:
            self.console.say(f"      {error}")
            return None
        return Path(said.strip().splitlines()[-1])

    async def _platform(self, services: Services, host: str, port: int, pages: dict[str, str]) -> None:
        self._say_step("Web, worker, courier and beat")
        environment = services.app_environment
        await self.supervisor.start(
            [
                children.web_program(host=host, port=port, environment={**pages, **environment}),
                children.worker_program(environment=environment),
                children.courier_program(environment=environment),
                children.beat_program(schedule=self.layout.run / "beat.schedule", environment=environment),
            ]
        )

    async def _until_ready(self, url: str) -> None:
        self._say_step(f"Waiting for {url}/health/ready")
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if await asyncio.to_thread(children.answers_ok, f"{url}/health/ready"):
                return
            await asyncio.sleep(0.2)
        raise SetupFailed(f"{url}/health/ready did not answer 200 within {_READY_SECONDS} s; see {self.layout.logs}")

    async def _demo(self, services: Services) -> str:
        if not self.options.demo:
            return ""
        self._say_step("Demonstration organization")
        return await self._django(services.app_environment, "load_demo")

    async def _banner(self, services: Services, url: str, demo: str) -> None:
        link = (await self._django(services.app_environment, "first_run_link")).strip()
        for line in demo.strip().splitlines():
            self.console.say(f"      {line}")
        self.console.say(f"\nReady  {url}")
        if link:
            self.console.say(f"       Create the first administrator (this link works once): {url}{link}")
        self.console.say(f"       Data and logs in {_short(self.layout.root)}. Ctrl-C stops.\n")


async def _finish(argv: list[str], environment: dict[str, str], log: Path) -> str:
    """Run a command to its end and return its standard output. Raises SetupFailed; all it said is then in `log`."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=environment,
        cwd=ROOT,
        process_group=0,
        preexec_fn=tied_to_parent(signal.SIGTERM),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode != 0:
        log.write_bytes(output + errors)
        raise SetupFailed(f"`{log.stem}` failed: {_reason(output + errors)}; see {log}")
    return output.decode(errors="replace")


def _reason(said: bytes) -> str:
    """The last `package.Error: …` of a trace, else the last line."""
    lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    return next((line for line in reversed(lines) if _EXCEPTION.match(line)), lines[-1])


def _allowed_hosts(host: str) -> str:
    """Names under which this machine is opened; a bind to one address adds that address only."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        names += [socket.gethostname(), socket.getfqdn(), *_own_addresses()]
    elif host not in names:
        names.append(host)
    return ",".join(dict.fromkeys(names))


def _own_addresses() -> list[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    return [f"[{entry[4][0]}]" if entry[0] == socket.AF_INET6 else str(entry[4][0]) for entry in found]


def _short(path: Path) -> str:
    return f"{path.relative_to(ROOT)}/" if path.is_relative_to(ROOT) else str(path)
