"""The examples of docs/cli.md, run one after another: each must print what the page says."""
import os
import shlex
import subprocess
import tempfile
import unittest

QUARRY = os.environ["QUARRY"]
PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "cli.md")
PROMPT = "    $ "


def examples():
    """Pairs of a command line and the lines that the page shows below it."""
    out = []
    with open(PAGE, encoding="utf-8") as page:
        for line in page.read().splitlines():
            if line.startswith(PROMPT):
                out.append((line[len(PROMPT):], []))
                shown = out[-1][1]
            elif out and shown is not None and line.startswith("    "):
                shown.append(line[4:])
            else:
                shown = None
    return out


class CliPage(unittest.TestCase):
    def test_every_example_prints_what_the_page_shows(self):
        self.assertGreater(len(examples()), 20)
        with tempfile.TemporaryDirectory() as directory:
            for command, shown in examples():
                with self.subTest(command):
                    words = shlex.split(command)
                    self.assertEqual(words[0], "quarry")
                    run = subprocess.run([QUARRY, *words[1:]], cwd=directory, text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         check=False)
                    self.assertEqual(run.stdout.splitlines(), shown)


if __name__ == "__main__":
    unittest.main()
