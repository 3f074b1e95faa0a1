# SPDX-License-Identifier: MIT
"""Real shells that complete a command line: what each of them proposes, as it would come into the line."""

import re
import shlex
import subprocess
from pathlib import Path

import culvert
from terminal import Terminal

# A key that prints the line, and one that puts all that fits into it.
BASH = r"""
PS1=; PS2=; PROMPT_COMMAND=
bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; bind 'set completion-query-items 0'
bind 'set page-completions off'
bind '"\C-xa": insert-completions'; bind '"\C-xu": kill-whole-line'
bind -x '"\C-xp": printf "\n<<%s>>\n" "$READLINE_LINE"'
source "$COMPLETION"
printf '%s\n' rea''dy
"""
ZSH = r"""
PS1=; PS2=; RPS1=; unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste
fpath=("${COMPLETION:h}" $fpath); autoload -U compinit; compinit -u -D
zle -C all-that-fits complete-word _generic
zstyle ':completion:all-that-fits:*' completer _all_matches _complete
zstyle ':completion:all-that-fits:*' insert yes
zstyle ':completion:*' completer _complete
print-line() { print -r -- $'\n<<'"$BUFFER>>"; zle redisplay }
zle -N print-line
bindkey -e; setopt no_beep; unsetopt auto_param_slash
bindkey '^Xa' all-that-fits; bindkey '^Xp' print-line; bindkey '^Xu' kill-whole-line
print rea''dy
"""


def script(shell: str) -> str:
    done = subprocess.run([culvert.executable(), "completion", shell], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


class Shell:
    """`folder` is where it runs, and has what it is given: the completion, and a `culvert` in front of its PATH."""

    NAMES = ("bash", "zsh", "fish")

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self._folder = name, folder
        beside = folder / "completion"
        beside.mkdir(exist_ok=True)
        self._file = beside / {"bash": "culvert", "zsh": "_culvert", "fish": "culvert.fish"}[name]
        self._file.write_text(script(name))
        self._env = culvert.environment(folder, COMPLETION=str(self._file), TERM="dumb", LC_ALL="C.UTF-8")
        self._env["PATH"] = str(Path(culvert.executable()).parent) + ":" + self._env["PATH"]
        self._terminal: Terminal | None = None
        if name == "fish":
            return
        start = beside / "start"
        start.write_text(BASH if name == "bash" else ZSH)
        options = ["--norc", "--noprofile", "-i"] if name == "bash" else ["-f", "-i"]
        self._terminal = Terminal([name, *options], self._env, str(folder))
        self._terminal.type(f"source {shlex.quote(str(start))}\n")
        self._terminal.wait_for(r"\nready\n", timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal is not None:
            self._terminal.__exit__()

    def type_line(self, line: str) -> None:
        """Runs a line in it. Not in fish, which is started for each question."""
        assert self._terminal is not None
        self._terminal.type(f"\x18u{line}\n")

    def _line_after(self, line: str, key: str) -> str:
        assert self._terminal is not None
        self._terminal.type(f"\x18u{line}{key}\x18p")
        return self._terminal.wait_for(r"<<([^\n]*)>>\n")[1]

    def completed(self, line: str) -> str:
        """The line after TAB."""
        if self.name == "fish":
            fits = self.proposed(line)
            assert len(fits) == 1, fits
            return line[:len(line) - len(re.split(r"(?<!\\) ", line)[-1])] + shlex.quote(fits[0]) + " "
        return self._line_after(line, "\t")

    def proposed(self, line: str) -> list[str]:
        """All that fits in the place of the line's last word, without quotes."""
        if self.name == "fish":
            done = subprocess.run(["fish", "--no-config", "-c", f"source $COMPLETION; complete -C {fish_quoted(line)}"],
                                  env=self._env, cwd=self._folder, capture_output=True, text=True, timeout=60)
            assert not done.stderr, done.stderr
            return sorted(each.split("\t")[0].replace("\\", "") for each in done.stdout.splitlines())
        whole = self._line_after(line, "\x18a")
        words = shlex.split(whole)
        before = len(shlex.split(line, posix=True)) if line.endswith(" ") else len(shlex.split(line)) - 1
        fits = words[before:]
        return [] if whole.rstrip() == line.rstrip() and not line.endswith(" ") and len(fits) < 2 else sorted(fits)


def fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
