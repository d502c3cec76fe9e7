"""Which features a playbook exercises, read from the text of it and of the files that it names."""

import jinja2
import yaml
from jinja2 import nodes

TASK_LISTS = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")
PLAY_KEYS = ("hosts", "import_playbook")
# Bare expressions, and statuses that read as one.
EXPRESSIONS = ("when", "until", "changed_when", "failed_when", "that", "break_when")
TASK_KEYWORDS = set(
    "name when register tags loop loop_control until retries delay ignore_errors ignore_unreachable changed_when "
    "failed_when run_once delegate_to delegate_facts notify listen vars become become_user become_method args check_mode "
    "diff environment connection no_log throttle async poll timeout module_defaults any_errors_fatal block rescue always "
    "collections debugger remote_user port action local_action".split()
)
OPERATORS = {
    nodes.And: "And", nodes.Or: "Or", nodes.Not: "Not", nodes.Add: "Add", nodes.Sub: "Sub", nodes.Mul: "Mul",
    nodes.Div: "Div", nodes.FloorDiv: "FloorDiv", nodes.Mod: "Mod", nodes.Pow: "Pow", nodes.Neg: "Neg",
    nodes.Concat: "Concat", nodes.CondExpr: "CondExpr", nodes.List: "List", nodes.Dict: "Dict", nodes.Tuple: "Tuple",
    nodes.Slice: "slice", nodes.Compare: "Compare",
}  # fmt: skip
STATEMENTS = {nodes.If: "If", nodes.Assign: "Assign", nodes.AssignBlock: "AssignBlock", nodes.Macro: "Macro"}


class Loader(yaml.SafeLoader):
    """Reads tags such as !vault and !unsafe as what they stand before."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: loader.construct_scalar(node))


class Lenient(jinja2.Environment):
    """An environment in which every filter and test exists: only names are read."""

    def __init__(self, **options):
        super().__init__(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], **options)


class Features:
    def __init__(self, case):
        self.found = set()
        self.environment = Lenient()
        for path in case.files:
            if path.suffix in (".j2",):
                self.template(path.read_text())
            elif path.suffix in (".yml", ".yaml") and "files" not in path.relative_to(case.path.parent).parts:
                for document in yaml.load_all(path.read_text(), Loader):
                    self.document(document, path)

    def add(self, kind, name):
        self.found.add((kind, str(name)))

    # YAML

    def document(self, value, path):
        if "meta" in path.parts:
            for dependency in (value or {}).get("dependencies") or []:
                for key in dependency if isinstance(dependency, dict) else ():
                    self.add("metadepkw", key)
        if isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    self.play(entry) if any(key in entry for key in PLAY_KEYS) else self.task(entry)
        self.strings(value)

    def play(self, play):
        for key, value in play.items():
            self.add("playkw", key)
            if key in TASK_LISTS:
                for task in value or []:
                    self.task(task)
        for role in play.get("roles") or []:
            for key in role if isinstance(role, dict) else ["<string>"]:
                self.add("rolekw", key)

    def task(self, task):
        is_block = "block" in task
        for key, value in task.items():
            if key in TASK_LISTS:
                self.add("taskkw", key)
                for inner in value or []:
                    self.task(inner)
            elif key in TASK_KEYWORDS or key.startswith("with_"):
                self.add("blockkw" if is_block else "taskkw", key)
                if key.startswith("with_"):
                    self.add("lookup", key.removeprefix("with_"))
                if key == "notify" and isinstance(value, list):
                    self.add("syntax", "notify-list")
                if key == "loop_control":
                    for inner in value:
                        self.add("loop_control", inner)
            else:
                self.module(key, value, task.get("args"))
            if key in EXPRESSIONS:
                self.expressions(value)

    def module(self, name, value, more):
        short = name.rsplit(".", 1)[-1]
        self.add("module", short)
        arguments = dict(more) if isinstance(more, dict) else {}
        if isinstance(value, dict):
            self.add("syntax", "module args")
            arguments |= value
        elif isinstance(value, str):
            words = [word for word in value.split() if "=" in word.split("{{")[0]]
            if short in ("shell", "command", "raw", "script", "meta", "import_tasks", "include_tasks", "include_vars"):
                self.add("modarg", f"{short}.<free-form>")
            if words:
                self.add("syntax", "k=v module args")
            arguments |= {word.split("=")[0]: word.split("=", 1)[1] for word in words}
            if short == "meta":
                self.add("meta", value.strip())
        for key, inner in arguments.items():
            self.add("modarg", f"{short}.{key}")
            if key in EXPRESSIONS:
                self.add("syntax", "assert.that")
                self.expressions(inner)

    def strings(self, value):
        if isinstance(value, str) and "{" in value:
            self.template(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                self.strings(key)
                self.strings(inner)
        elif isinstance(value, list):
            for inner in value:
                self.strings(inner)

    def expressions(self, value):
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "{{" not in text:
                self.template("{{ " + text + " }}")

    # Jinja2

    def template(self, text):
        if text.startswith("#jinja2:"):
            self.add("syntax", "#jinja2: header")
        if "{% raw" in text or "{%- raw" in text:
            self.add("syntax", "raw")
        if "{%-" in text or "-%}" in text or "{{-" in text or "-}}" in text:
            self.add("syntax", "ws-control(-)")
        try:
            tree = self.environment.parse(text)
        except jinja2.TemplateSyntaxError:
            return
        for node in walk(tree):
            self.node(node)

    def node(self, node):
        kind = type(node)
        if kind in OPERATORS:
            self.add("syntax", OPERATORS[kind])
        if kind in STATEMENTS:
            self.add("stmt", STATEMENTS[kind])
        match node:
            case nodes.For():
                self.add("stmt", "For")
                if isinstance(node.target, nodes.Tuple):
                    self.add("stmt", "For-tuple-unpack")
                if node.test is not None:
                    self.add("stmt", "For-with-if")
            case nodes.Filter():
                self.filter(node)
            case nodes.Test():
                self.add("test", node.name)
            case nodes.Compare():
                for operand in node.ops:
                    self.add("cmp", operand.op)
            case nodes.Name():
                self.add("variable", node.name)
                self.add("fact", node.name.removeprefix("ansible_"))
            case nodes.Getattr():
                self.attribute(node.node, node.attr)
            case nodes.Getitem():
                self.subscript(node)
            case nodes.Call():
                self.call(node)

    def filter(self, node):
        self.add("filter", node.name)
        for keyword in node.kwargs or []:
            self.add("filter_kwarg", f"{node.name}({keyword.key}=)")
        if node.name in ("map", "selectattr", "sort"):
            for argument in node.args[:1]:
                if isinstance(argument, nodes.Const):
                    self.add("field", argument.value)
            for keyword in node.kwargs or []:
                if keyword.key == "attribute" and isinstance(keyword.value, nodes.Const):
                    self.add("field", keyword.value.value)
        first = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else None
        if node.name in ("map", "select", "reject") and first:
            self.add("indirect", f"{node.name}:{first}")
        if node.name in ("selectattr", "rejectattr") and len(node.args) > 1:
            test = node.args[1]
            if isinstance(test, nodes.Const):
                self.add("indirect", f"{node.name}:{test.value}")

    def attribute(self, node, name):
        self.add("field", name)
        if isinstance(node, nodes.Name):
            if node.name == "loop":
                self.add("loopvar", name)
            if node.name in ("ansible_facts", "f"):
                self.add("fact", name)

    def subscript(self, node):
        if isinstance(node.arg, nodes.Const):
            text = isinstance(node.arg.value, str)
            self.add("syntax", "subscript-str" if text else "subscript-int")
            if text:
                self.attribute(node.node, node.arg.value)
        elif not isinstance(node.arg, nodes.Slice):
            self.add("syntax", "subscript-dynamic")

    def call(self, node):
        if isinstance(node.node, nodes.Getattr):
            self.add("method", node.node.attr)
        if isinstance(node.node, nodes.Name):
            self.add("call", node.node.name)
            if node.node.name in ("lookup", "query", "q") and node.args and isinstance(node.args[0], nodes.Const):
                self.add("lookup", node.args[0].value)


def walk(node):
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)
