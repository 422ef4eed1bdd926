"""The programs of docs/python.md print what the page says."""
import os
import re
import unittest

from support import SOURCE, finish, python


class Page(unittest.TestCase):
    def test_programs_print_what_the_page_says(self):
        text = (SOURCE / "docs" / "python.md").read_text(encoding="utf-8")
        programs = re.findall(r"```python\n(.*?)```\n\n```\n(?:\$ [^\n]*\n)*(.*?)```\n", text, re.S)
        self.assertEqual(len(programs), 2)
        environment = {name: value for name, value in os.environ.items() if name != "CHORUS_SITE"}
        for program, output in programs:
            self.assertEqual(finish(python(program, env=environment)), (0, output, ""))
