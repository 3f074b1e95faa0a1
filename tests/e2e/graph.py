# SPDX-License-Identifier: MIT
"""`culvert graph`: Graphviz draws it, and every text arrives in the picture as it stands in the file."""

import html
import re
import subprocess
import xml.etree.ElementTree

import culvert
import tap

# Filters that each language would take for something else.
FILTERS = ['say "no"/#', "a\\n/b\\", "&amp;/&lt;", "<b>/`c`/**d**", "%% no/comment", "end;/]]/|x|/}", "é/+/#", "$$x^2$$/$SYS/#"]
NODES = """
[runtime]
name = "edge-01"
[node.meter]
plugin = "sensor"
kind   = "sine"
[node.end]
plugin  = "console"
isolate = true
[node.n-1_x]
plugin = "console"
"""
SHAPES = {"": [], "durable = true\n": ["durable, 256MiB"], "required = false\n": [],
          "batch = { max = 9, within = '2s' }\n": ["batch of 9 within 2s"]}


def pipeline() -> str:
    # In a pipeline "$$" stands for one sign.
    routes = ["[[route]]\nfrom = 'meter'\nto = 'end'\nfilter = '{}'\n".format(text.replace("$$", "$$$$")) for text in FILTERS]
    return NODES + "".join(routes) + "".join(f"[[route]]\nfrom = 'meter'\nto = 'n-1_x'\n{keys}" for keys in SHAPES)


def edges() -> list[tuple[str, str, list[str]]]:
    """What must be drawn: from where, to where, and the lines beside it."""
    drops = [["drop_newest", "not required"] if "required" in keys else ["block"] for keys in SHAPES]
    return [*(("meter", "end", [f"filter {text}", "block"]) for text in FILTERS),
            *(("meter", "n-1_x", words + ends) for words, ends in zip(SHAPES.values(), drops))]


class Graph(tap.Case):
    def graph(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        file = self.folder / "edge.toml"
        file.write_text(pipeline() if text is None else text)
        return subprocess.run([culvert.executable(), "graph", *arguments], capture_output=True, text=True, timeout=60,
                              env=culvert.environment(self.folder), cwd=self.folder)

    def test_dot(self) -> None:
        """graph: Graphviz draws each node and each route, with the very texts of the file"""
        dot = culvert.tool("dot")
        if dot is None:
            self.skipTest("dot (graphviz) is not installed")
        done = self.graph("edge.toml", "--format", "dot")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        drawn = subprocess.run([dot, "-Tsvg"], input=done.stdout, capture_output=True, text=True, timeout=60)
        # What it cannot read it says, and draws something all the same.
        self.assertEqual((0, ""), (drawn.returncode, drawn.stderr))
        nodes, routes = {}, []
        for group in xml.etree.ElementTree.fromstring(drawn.stdout).iter("{http://www.w3.org/2000/svg}g"):
            title = group.findtext("{http://www.w3.org/2000/svg}title") or ""
            lines = [text.text.replace("\xa0", " ") for text in group.findall("{http://www.w3.org/2000/svg}text")]
            if group.get("class") == "node":
                nodes[title] = lines
            elif group.get("class") == "edge":
                routes.append((*title.split("->"), lines))
        self.assertEqual([["end", "console", "own process"], ["meter", "sensor"], ["n-1_x", "console"]],
                         sorted(nodes.values()))
        self.assertEqual(sorted(edges()), sorted((nodes[a][0], nodes[b][0], lines) for a, b, lines in routes))

    def test_mermaid(self) -> None:
        """graph: Mermaid's flowchart has each node and each route, and no text that Mermaid could read as its own"""
        def texts(quoted: str) -> list[str]:
            self.assertRegex(quoted, r"^(?:[A-Za-z0-9 /.,+-]|[^\x00-\x7f]|#\d+;|<br/>)*$")
            return [html.unescape(re.sub(r"#(\d+);", r"&#\1;", line)) for line in quoted.split("<br/>")]

        done = self.graph("edge.toml", "--format", "mermaid")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        lines = done.stdout.splitlines()
        self.assertEqual(["flowchart LR", '  subgraph p0["edge-01"]'], lines[:2])
        self.assertEqual("  end", lines[-1])
        nodes, routes = {}, []
        for line in lines[2:-1]:
            if match := re.fullmatch(r'    (n\d_\d+)\[\[?"([^"]*)"\]\]?', line):
                nodes[match[1]] = texts(match[2])
            else:
                match = re.fullmatch(r'    (n\d_\d+) (==>|-->|-\.->)\|"([^"]*)"\| (n\d_\d+)', line)
                self.assertIsNotNone(match, line)
                routes.append((nodes[match[1]][0], nodes[match[4]][0], texts(match[3])))
                self.assertEqual("==>" if "durable, 256MiB" in routes[-1][2] else
                                 "-.->" if "not required" in routes[-1][2] else "-->", match[2])
        self.assertEqual(edges(), routes)

    def test_text(self) -> None:
        """graph: as text it is the default, of each file in turn"""
        done = self.graph("edge.toml", "edge.toml")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        one = self.graph("edge.toml").stdout
        self.assertEqual(f"{one}\n{one}", done.stdout)
        self.assertEqual(f"runtime 'edge-01', 3 nodes, {len(edges())} routes", one.splitlines()[0])
        for _, to, words in edges():
            self.assertRegex(one, f"(?m)^  -> {to} *{re.escape(', '.join(words))}$")

    def test_wrong(self) -> None:
        """graph: a file with a mistake gets the lines of check and 78, and no picture; a format that is none gets 64"""
        done = self.graph("edge.toml", text=NODES.replace("console", "consol"))
        self.assertEqual((78, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r"edge\.toml:\d+:\d+: .*'consol'.*did you mean 'console'")
        done = self.graph("edge.toml", "--format", "svg")
        self.assertEqual((64, ""), (done.returncode, done.stdout))
        self.assertIn("svg", done.stderr)


tap.main()
