"""What holds inside a module of the subset: names, widths, drivers.

Every operand has exactly the width that its operator needs, and every net exactly one driver; so
no reader extends, cuts or resolves anything, and none can do it in another way than another.
"""

from __future__ import annotations

from db2hdl_hw.errors import InputError
from db2hdl_hw.verilog.lexer import refuse
from db2hdl_hw.verilog.tree import (
    BITWISE,
    INPUT,
    SUMS,
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
    Unary,
)


def check_module(module: Module, modules: dict[str, Module]) -> int:
    """Refuse a module that breaks a rule of the subset; return how many bits it has.

    They are those of its nets and of all that its expressions have inside: a short text names a
    wide net as often as it likes.

    Parameters
    ----------
    module : Module
    modules : dict of name to Module
        All modules of the design, for the ports of instances.

    Raises
    ------
    InputError
        Names the file, the line and what is wrong.
    """
    check = _Check(module, modules)
    check.all()
    return check.bits


class _Check:
    def __init__(self, module: Module, modules: dict[str, Module]) -> None:
        self._module, self._modules = module, modules
        self._driven: set[str] = set()
        self._place = module.place
        self.bits = sum(net.width for net in module.nets.values())

    def _refuse(self, why: str, place: int | None = None) -> InputError:
        return refuse(self._module.source, self._place if place is None else place, why)

    def all(self) -> None:
        self._ports()
        instances: set[str] = set()
        for item in self._module.items:
            self._place = item.place
            if isinstance(item, Assign):
                self._assign(item)
            elif isinstance(item, Register):
                self._register(item)
            else:
                self._instance(item, instances)
        for name, net in self._module.nets.items():
            if net.kind != INPUT and name not in self._driven:
                raise self._refuse(f"nothing drives {name!r}", net.place)

    def _ports(self) -> None:
        """The ports are declared, and nothing else is a port."""
        module = self._module
        declared = {name for name, net in module.nets.items() if net.kind != WIRE}
        if len(set(module.ports)) != len(module.ports) or declared != set(module.ports):
            odd = sorted(declared.symmetric_difference(module.ports)) or list(module.ports)
            raise self._refuse(f"{odd[0]!r} is not once in the list of ports and once declared")

    def _net(self, name: str) -> Net:
        net = self._module.nets.get(name)
        if net is None:
            raise self._refuse(f"{name!r} is not declared")
        return net

    def _drive(self, name: str, *, register: bool = False) -> Net:
        net = self._net(name)
        if net.kind == INPUT:
            raise self._refuse(f"the input {name!r} is driven from inside the module")
        if name in self._driven:
            raise self._refuse(f"{name!r} has two drivers")
        if net.register != register:
            what = "is no register" if register else "is a register"
            raise self._refuse(f"{name!r} {what}")
        self._driven.add(name)
        return net

    def _assign(self, item: Assign) -> None:
        net = self._drive(item.target)
        self._same(net.width, self._width(item.value), item.target)

    def _register(self, item: Register) -> None:
        net = self._drive(item.target, register=True)
        self._same(net.width, self._width(item.value), item.target)
        clock = self._net(item.clock)
        if clock.kind != INPUT or clock.ranged:
            raise self._refuse(f"the clock {item.clock!r} is no input of one bit")

    def _same(self, width: int, found: int, what: str) -> None:
        if width != found:
            raise self._refuse(f"{what!r} has {width} bits, what drives it has {found}")

    def _instance(self, item: Instance, instances: set[str]) -> None:
        if item.name in instances or item.name in self._module.nets:
            raise self._refuse(f"there are two {item.name!r} in one module")
        instances.add(item.name)
        inside = self._modules.get(item.module)
        if inside is None:
            raise self._refuse(f"there is no module {item.module!r} in the bundle")
        ports = [port for port, _ in item.connections]
        if len(set(ports)) != len(ports) or set(ports) != set(inside.ports):
            odd = sorted(set(ports).symmetric_difference(inside.ports)) or ports
            raise self._refuse(f"port {odd[0]!r} of {item.name!r} is not connected exactly once")
        for port, name in item.connections:
            other = inside.nets.get(port)
            if other is None:
                raise self._refuse(f"module {item.module!r} does not declare port {port!r}")
            net = self._net(name) if other.kind == INPUT else self._drive(name)
            self._same(other.width, net.width, f"{item.name}.{port}")

    def _width(self, value: Expression) -> int:
        """Return the width of an expression whose parts all fit, and count its bits."""
        width = self._width_of(value)
        self.bits += width
        return width

    def _width_of(self, value: Expression) -> int:
        if isinstance(value, Ref):
            return self._ref(value)
        if isinstance(value, Const):
            return value.width
        if isinstance(value, Concat):
            return sum(map(self._width, value.parts))
        if isinstance(value, Unary):
            width = self._width(value.operand)
            return width if value.op == "~" else 1
        if isinstance(value, Binary):
            return self._binary(value)
        return self._choice(value)

    def _ref(self, value: Ref) -> int:
        net = self._net(value.name)
        if value.high is None or value.low is None:
            return net.width
        if not net.ranged:
            raise self._refuse(f"{value.name!r} is no vector, so it has no bits to choose from")
        if not net.width > value.high >= value.low:
            bits = f"[{value.high}:{value.low}]"
            raise self._refuse(f"{value.name!r} has {net.width} bits, and no {bits}")
        return value.high - value.low + 1

    def _binary(self, value: Binary) -> int:
        left, right = self._width(value.left), self._width(value.right)
        if left != right:
            raise self._refuse(f"{value.op!r} has operands of {left} and of {right} bits")
        return left if value.op in (*BITWISE, *SUMS) else 1

    def _choice(self, value: Choice) -> int:
        condition, high, low = map(self._width, value)
        if condition != 1:
            raise self._refuse(f"what '?' asks has {condition} bits")
        if high != low:
            raise self._refuse(f"'?' has choices of {high} and of {low} bits")
        return high
