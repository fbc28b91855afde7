"""What `systemd-run --property=… -- COMMAND` does of what can be done without systemd: user, folders, settings, limits, $NAME.

A property that is neither done nor listed here as left out is an error, so that none is passed over unseen.
"""

from __future__ import annotations

import os
import pwd
import re
import resource
import subprocess
import sys
from pathlib import Path

OPTIONS = {"--quiet", "--pipe", "--wait", "--collect"}
# Of the unit and of systemd's own work, and what closes the kernel to the process: nothing here can do that.
LEFT_OUT = {
    "CapabilityBoundingSet", "DynamicUser", "ExecReload", "KillMode", "LockPersonality", "LogRateLimitIntervalSec",
    "MemoryDenyWriteExecute", "NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectClock", "ProtectControlGroups",
    "ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
    "ProtectProc", "ProtectSystem", "ReadWritePaths", "Restart", "RestartSec", "RestrictAddressFamilies",
    "RestrictNamespaces", "RestrictRealtime", "SystemCallArchitectures", "SystemCallFilter", "TimeoutStopSec",
}  # fmt: skip


def settings(properties: list[tuple[str, str]]) -> dict[str, str]:
    """The environment: a line of the file for each, after those that the unit names (systemd.exec(5))."""
    found = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    for name in ("Environment", "EnvironmentFile"):
        for key, value in properties:
            if key == name:
                lines = [value] if name == "Environment" else Path(value).read_text().splitlines()
                found |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return found


def expanded(command: list[str], environment: dict[str, str]) -> list[str]:
    """The command with its variables replaced, as the service manager does (systemd.service(5), "Command lines")."""
    words: list[str] = []
    for word in command:
        if alone := re.fullmatch(r"\$(\w+)", word):
            words += environment.get(alone[1], "").split()
        else:
            words.append(
                re.sub(r"\$\$|\$\{(\w+)\}", lambda found: environment.get(found[1], "") if found[1] else "$", word)
            )
    return words


def main(arguments: list[str]) -> None:
    number = arguments.index("--")
    options, command = arguments[:number], arguments[number + 1 :]
    properties = []
    for option in options:
        if option not in OPTIONS:
            name, _, value = option.removeprefix("--property=").partition("=")
            properties.append((name, value))
    one = dict(properties)
    user = one.pop("User")
    if subprocess.run(["getent", "passwd", user], stdout=subprocess.DEVNULL, check=False).returncode:
        subprocess.run(["useradd", "--system", user], check=True)
    entry = pwd.getpwnam(user)
    folder, mode = Path("/var/lib", one.pop("StateDirectory")), int(one.pop("StateDirectoryMode"), 8)
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    core = int(one.pop("LimitCORE"))
    resource.setrlimit(resource.RLIMIT_CORE, (core, core))
    if "LimitNOFILE" in one:
        files = min(int(one.pop("LimitNOFILE")), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    os.umask(int(one.pop("UMask"), 8))
    environment = settings(properties)
    left = set(one) - {"Environment", "EnvironmentFile"} - LEFT_OUT
    if left:
        raise SystemExit(f"systemd-run stand-in: {left}")
    os.chdir("/")
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.execve(command[0], expanded(command, environment), environment)


if __name__ == "__main__":
    main(sys.argv[1:])
