#!/usr/bin/env python3
"""Writes the schema of some types of hashicorp/google, as read from the wheel of cdktn-provider-google.

    extract.py WHEEL OUT.json google_container_cluster data.google_kms_crypto_key_version …

The wheel holds JavaScript that was generated from the provider's schema, a folder for each type. Three things in it
say what the schema was:

    // node_locations - computed: true, optional: true, required: false       the comment above a field
    return this.getNumberAttribute('initial_node_count');                      its getter, or
    _links = new FooLinksList(this, "links", false);                           the class of its elements
    links: { value: …, isBlock: true, type: "list", storageClassType: "FooLinksList" }    a row of the HCL table

What cannot be read is an error: a type that is not there, one without attributes, an attribute of unknown type. Not in
the JavaScript, and so not in the schema: how many blocks may stand beside one another where it is more than one, which
arguments exclude each other, and which values are allowed.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from dataclasses import dataclass

CLASS = re.compile(
    r"^class (\w+) extends cdktn\.(ComplexObject|TerraformResource|TerraformDataSource|TerraformProvider)\b", re.M
)
HCL_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^}", re.M | re.S)
HCL_ROW = re.compile(
    r'^ +(\w+): \{\n +value: (.*?),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)"', re.M
)
# A field goes from its comment to the next one, or to the end of its class or section.
FIELD = re.compile(
    r"^    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)(.*?)$"
    r"(.*?)(?=^    // \w+ - computed|^}|^    // =====)",
    re.M | re.S,
)
ELEMENTS = re.compile(r'= new (?:structs\w+\.)?(\w+?)(OutputReference|List|Map)?\(this, "(\w+)"(?:, (\w+))?\)')
LIBRARY_MAP = re.compile(r'= new cdktn\.(\w+)Map\(this, "(\w+)"\)')
GETTER = re.compile(r"this\.get(\w+)Attribute\('(\w+)'\)")
UNTYPED_GETTER = re.compile(r"this\.interpolationForAttribute\('(\w+)'\)")

# By `storageClassType` of the HCL table, and by the middle part of a getter's name.
STORED = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "stringList": ["list", "string"],
    "numberList": ["list", "number"],
    "booleanList": ["list", "bool"],
    "stringMap": ["map", "string"],
    "numberMap": ["map", "number"],
    "booleanMap": ["map", "bool"],
    "anyMap": ["map", "dynamic"],
}
GOT = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "NumberList": ["list", "number"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "dynamic"],
}


class Unreadable(Exception):
    """The JavaScript does not have the form that this program knows."""


@dataclass(frozen=True)
class Row:
    """How the HCL table says that a field is written."""

    value: str
    is_block: bool
    kind: str
    storage: str


def hcl_table(text: str) -> dict[str, Row]:
    return {
        name: Row(value, is_block == "true", kind, storage)
        for name, value, is_block, kind, storage in HCL_ROW.findall(text)
    }


class Source:
    """The JavaScript of one type: its own class, the class and the HCL table of each nested structure."""

    def __init__(self, text: str) -> None:
        self.classes: dict[str, str] = {}
        self.tables: dict[str, dict[str, Row]] = {}
        top = None
        for match in CLASS.finditer(text):
            name, base = match.groups()
            self.classes[name] = text[match.start() : text.find("\n}\n", match.end()) + 3]
            if base != "ComplexObject":
                top = top or name
        if top is None:
            raise Unreadable("no class of a resource, data source or provider")
        self.top = self.classes[top]
        self.top_table = hcl_table(self.top[self.top.find("synthesizeHclAttributes") :])
        for match in HCL_FUNCTION.finditer(text):
            name = match.group(1)
            self.tables[name[0].upper() + name[1:]] = hcl_table(match.group(2))

    def schema(self) -> dict:
        schema = self._block(self.top, self.top_table)
        if not schema["attributes"]:
            raise Unreadable("no attributes")
        return schema

    def _structure(self, name: str) -> dict:
        if name + "OutputReference" not in self.classes:
            raise Unreadable(f"no class of {name}")
        return self._block(self.classes[name + "OutputReference"], self.tables.get(name, {}))

    def _block(self, body: str, table: dict[str, Row]) -> dict:
        attributes, blocks = {}, {}
        for comment, computed, optional, required, rest, code in FIELD.findall(body):
            name = field_name(comment, code)
            row = table.get(name)
            if row and row.is_block:
                blocks[name] = self._nested(row, required == "true")
                continue
            attribute = {"type": self._type(name, row, code)}
            flags = {"computed": computed, "optional": optional, "required": required}
            attribute.update({flag: True for flag, value in flags.items() if value == "true"})
            if "deprecated" in rest:
                attribute["deprecated"] = True
            attributes[name] = attribute
        return {"attributes": attributes, "block_types": blocks}

    def _nested(self, row: Row, required: bool) -> dict:
        repeated = row.kind in ("list", "set")
        structure = row.storage.removesuffix("List") if repeated else row.storage
        nested = {"nesting_mode": row.kind if repeated else "single", "block": self._structure(structure)}
        if repeated and required:
            nested["min_items"] = 1
        if repeated and "listMapperHcl" not in row.value:  # written as a single structure: at most one
            nested["max_items"] = 1
        return nested

    def _type(self, name: str, row: Row | None, code: str) -> object:
        if row and row.storage in STORED:
            return as_set(STORED[row.storage], row.kind == "set")
        if library := LIBRARY_MAP.search(code):
            return GOT[library.group(1) + "Map"]
        if elements := ELEMENTS.search(code):
            return self._elements(row, elements)
        getter = GETTER.search(code)
        if getter is None or getter.group(1) not in GOT:
            raise Unreadable(f"the type of {name}")
        return as_set(GOT[getter.group(1)], "cdktn.Fn.tolist" in code)

    def _elements(self, row: Row | None, elements: re.Match) -> object:
        """A computed collection of objects: no block, but an attribute whose elements have a class of their own."""
        structure, suffix, _, is_set = elements.groups()
        element = object_type(self._structure(structure))
        if is_set == "true" or (row and row.kind == "set"):
            return ["set", element]
        return ["map" if suffix == "Map" else "list", element]


def field_name(comment: str, code: str) -> str:
    """The provider's name of a field. The comment has it too, but changes names that JavaScript reserves."""
    for pattern, group in ((ELEMENTS, 3), (LIBRARY_MAP, 2), (GETTER, 2), (UNTYPED_GETTER, 1)):
        if match := pattern.search(code):
            return match.group(group)
    return comment


def as_set(kind: object, is_set: bool) -> object:
    return ["set", kind[1]] if is_set and isinstance(kind, list) else kind


def object_type(block: dict) -> list:
    fields = {name: attribute["type"] for name, attribute in block["attributes"].items()}
    for name, nested in block["block_types"].items():
        inner = object_type(nested["block"])
        fields[name] = inner if nested["nesting_mode"] == "single" else [nested["nesting_mode"], inner]
    return ["object", fields]


def provider_schema(source: Source) -> dict:
    """The provider's own settings, all of them optional. Its blocks are left out: no root here has one."""
    return {
        "attributes": {
            name: {"type": STORED[row.storage], "optional": True}
            for name, row in source.top_table.items()
            if not row.is_block
        },
        "block_types": {},
    }


def folder_of(name: str) -> str:
    prefix = "data-google-" if name.startswith("data.") else ""
    return prefix + name.removeprefix("data.").removeprefix("google_").replace("_", "-")


def read(wheel: str, folders: set[str]) -> dict[str, str]:
    """The JavaScript of each of the folders, without source maps."""
    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        package = io.BytesIO(archive.read(inner))
    found: dict[str, str] = {}
    with tarfile.open(fileobj=package, mode="r:gz") as archive:
        for member in archive:
            # package/lib/FOLDER/index.js, and beside it the structures of large types in files of their own
            parts = member.name.split("/")
            if len(parts) > 3 and parts[1] == "lib" and parts[2] in folders and parts[-1].endswith(".js"):
                text = archive.extractfile(member).read().decode()
                found[parts[2]] = found.get(parts[2], "") + re.sub(r"^//# sourceMappingURL.*$", "", text, flags=re.M)
    return found


def extract(wheel: str, names: list[str]) -> dict:
    found = read(wheel, {folder_of(name) for name in names} | {"provider"})
    schema: dict = {"provider": provider_schema(Source(found["provider"])), "resources": {}, "data_sources": {}}
    for name in names:
        folder = folder_of(name)
        if folder not in found:
            raise Unreadable(f"{name}: hashicorp/google has no such type")
        try:
            block = Source(found[folder]).schema()
        except Unreadable as error:
            raise Unreadable(f"{name}: cannot read {error}") from error
        part = "data_sources" if name.startswith("data.") else "resources"
        schema[part][name.removeprefix("data.")] = block
    return schema


def main() -> None:
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    wheel, out, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    try:
        schema = extract(wheel, names)
    except (Unreadable, KeyError) as error:
        sys.exit(f"extract.py: {error}")
    with open(out, "w", encoding="utf-8") as file:
        json.dump(schema, file, sort_keys=True)


if __name__ == "__main__":
    main()
