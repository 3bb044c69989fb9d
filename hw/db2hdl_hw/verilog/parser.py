"""Tokens to modules, by the grammar of docs/reference/verilog-subset.md.

Written by hand, one function for each rule: lark takes five times as long for the same grammar
(docs/explanation/decisions/0024-verilog-subset.md).
"""

from __future__ import annotations

from db2hdl_hw.errors import InputError
from db2hdl_hw.verilog.lexer import (
    MAX_NAME,
    MAX_WIDTH,
    RESERVED,
    Token,
    refuse,
    tokens,
)
from db2hdl_hw.verilog.tree import (
    BINARY,
    INPUT,
    OUTPUT,
    UNARY,
    WIRE,
    Assign,
    Binary,
    Choice,
    Concat,
    Const,
    Expression,
    Instance,
    Module,
    Net,
    Ref,
    Register,
    Source,
    Unary,
    Value,
)

MAX_DEPTH = 32
"""Parentheses and braces inside each other."""

_END: Token = ("", -1)


def parse(source: Source) -> list[Module]:
    """Return the modules of a text.

    Raises
    ------
    InputError
        If it is not of the subset; names the file, the line and the reason.
    """
    return _Parser(source).file()


class _Parser:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._tokens = [*tokens(source), _END]
        self._at = 0
        self._depth = 0

    # What every rule is made of

    def _refuse(self, why: str, place: int | None = None) -> InputError:
        if place is None:
            place = self._tokens[self._at][1]
        return refuse(self._source, len(self._source.text) if place < 0 else place, why)

    def _next(self) -> str:
        """Return the next token without taking it."""
        return self._tokens[self._at][0]

    def _place(self) -> int:
        return self._tokens[self._at][1]

    def _take(self, wanted: str) -> None:
        found = self._tokens[self._at][0]
        if found != wanted:
            raise self._refuse(f"{found!r} stands where {wanted!r} must" if found else "it ends")
        self._at += 1

    def _if(self, wanted: str) -> bool:
        """Take the next token if it is this one."""
        if self._tokens[self._at][0] != wanted:
            return False
        self._at += 1
        return True

    def _name(self) -> str:
        """Take an identifier."""
        word = self._tokens[self._at][0]
        if not (word[:1].isalpha() or word[:1] == "_"):
            raise self._refuse(f"{word!r} stands where a name must" if word else "it ends")
        if word in RESERVED:
            raise self._refuse(f"{word!r} is a word of the language, not a name")
        if len(word) > MAX_NAME:
            raise self._refuse(f"a name has more than {MAX_NAME} characters")
        self._at += 1
        return word

    def _number(self) -> int:
        word = self._tokens[self._at][0]
        if not word.isdigit() or len(word) > len(str(MAX_WIDTH)):
            raise self._refuse(f"{word!r} stands where a number must")
        self._at += 1
        return int(word)

    # The rules

    def file(self) -> list[Module]:
        modules = []
        while self._next():
            modules.append(self._module())
        if not modules:
            raise self._refuse("there is no module")
        return modules

    def _module(self) -> Module:
        place = self._place()
        self._take("module")
        name = self._name()
        self._take("(")
        ports = [self._name()]
        while self._if(","):
            ports.append(self._name())
        self._take(")")
        self._take(";")
        module = Module(name, tuple(ports), self._source, place)
        while not self._if("endmodule"):
            self._item(module)
        return module

    def _item(self, module: Module) -> None:
        word, place = self._tokens[self._at]
        if word in (INPUT, OUTPUT, WIRE, "reg"):
            self._at += 1
            self._declaration(module, word)
        elif word == "initial":
            self._initial(module)
        elif word == "assign":
            self._at += 1
            target = self._name()
            self._take("=")
            module.items.append(Assign(target, self._expression(), place))
        elif word == "always":
            module.items.append(self._register(place))
        elif word in RESERVED:
            raise self._refuse(f"{word!r} is refused here")
        else:
            module.items.append(self._instance(place))
        self._take(";")

    def _declaration(self, module: Module, kind: str) -> None:
        ranged, width = self._range()
        place = self._place()
        name = self._name()
        known = module.nets.get(name)
        if known is None:
            register = kind == "reg"
            module.nets[name] = Net(WIRE if register else kind, width, place, register, ranged)
        elif kind == "reg" and known.kind == OUTPUT and not known.register:
            if (known.width, known.ranged) != (width, ranged):
                raise self._refuse(f"{name!r} is declared with two widths", place)
            known.register = True
        else:
            raise self._refuse(f"{name!r} is declared twice", place)

    def _range(self) -> tuple[bool, int]:
        """Take ``[high:0]`` if it is there; return whether it is, and the width."""
        if not self._if("["):
            return False, 1
        place = self._place()
        width = self._number() + 1
        self._take(":")
        self._take("0")
        self._take("]")
        if width > MAX_WIDTH:
            raise self._refuse(f"a net has more than {MAX_WIDTH} bits", place)
        return True, width

    def _initial(self, module: Module) -> None:
        self._take("initial")
        place = self._place()
        name = self._name()
        net = module.nets.get(name)
        if net is None or not net.register or net.initial is not None:
            raise self._refuse(f"{name!r} is no register without an initial value", place)
        self._take("=")
        value = self._constant()
        if value.width != net.width:
            raise self._refuse(f"{name!r} has {net.width} bits, its value {value.width}", place)
        net.initial = value.value

    def _register(self, place: int) -> Register:
        for word in ("always", "@", "(", "posedge"):
            self._take(word)
        clock = self._name()
        self._take(")")
        target = self._name()
        self._take("<=")
        return Register(target, self._expression(), clock, place)

    def _instance(self, place: int) -> Instance:
        module, name = self._name(), self._name()
        self._take("(")
        connections = [self._connection()]
        while self._if(","):
            connections.append(self._connection())
        self._take(")")
        return Instance(module, name, tuple(connections), place)

    def _connection(self) -> tuple[str, str]:
        self._take(".")
        port = self._name()
        self._take("(")
        net = self._name()
        self._take(")")
        return port, net

    # Expressions: an operator has names, numbers, lists or parentheses beside it, so that no
    # precedence is needed.

    def _expression(self) -> Expression:
        word = self._next()
        if word in UNARY:
            self._at += 1
            return Unary(word, self._operand())
        left = self._operand()
        word = self._next()
        if word in BINARY:
            self._at += 1
            return Binary(word, left, self._operand())
        if word != "?":
            return left
        self._at += 1
        high = self._operand()
        self._take(":")
        return Choice(left, high, self._operand())

    def _operand(self) -> Expression:
        if not self._if("("):
            return self._value()
        self._deeper()
        inner = self._expression()
        self._depth -= 1
        self._take(")")
        return inner

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refuse(f"more than {MAX_DEPTH} brackets are open")

    def _value(self) -> Value:
        word = self._next()
        if word == "{":
            return self._concat()
        return self._constant() if word[:1].isdigit() else self._ref()

    def _concat(self) -> Concat:
        self._take("{")
        self._deeper()
        parts = [self._value()]
        while self._if(","):
            parts.append(self._value())
        self._depth -= 1
        self._take("}")
        return Concat(tuple(parts))

    def _ref(self) -> Ref:
        name = self._name()
        if not self._if("["):
            return Ref(name)
        high = low = self._number()
        if self._if(":"):
            low = self._number()
        self._take("]")
        return Ref(name, high, low)

    def _constant(self) -> Const:
        word = self._next()
        width, mark, digits = word.partition("'h")
        if not mark:
            raise self._refuse(f"{word!r} has no width: write it like 4'h7")
        if len(width) > len(str(MAX_WIDTH)) or int(width) > MAX_WIDTH:
            raise self._refuse(f"a constant has more than {MAX_WIDTH} bits")
        value = int(digits, 16)
        if len(digits) != -(-int(width) // 4) or value >> int(width):
            raise self._refuse(f"{word[:40]!r} has not the digits of {width} bits")
        self._at += 1
        return Const(int(width), value)
