#!/usr/bin/env python3
"""Renders the chat templates of the tests, and many small ones, with Python's Jinja2.

Set up as Hugging Face's libraries set it up. Writes conversations.json and snippets.json beside the templates:

    python3 Tools/make_chat_template_fixtures.py

Needs Python 3.11 and Jinja2 3.1.6.
"""

import datetime
import itertools
import json
import pathlib
import random
import warnings

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests/TandemTextTests/Fixtures/chat-templates"
NOW = datetime.datetime(2026, 3, 7, 9, 5, 2)


class Generation(Extension):
    """`{% generation %}`, whose contents are put out as they are."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_content"), [], [], body).set_lineno(line)

    def _content(self, caller):
        return caller()


def environment(now, folds_constants=True):
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
        )

    result = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Generation, loopcontrols],
        optimized=folds_constants,
    )
    result.filters["tojson"] = tojson
    result.globals["raise_exception"] = raise_exception
    if now is not None:
        result.globals["strftime_now"] = now.strftime
    return result


def outcome(source, variables, now=NOW, folds_constants=True):
    """What the template makes of the variables, or that it fails."""
    try:
        text = environment(now, folds_constants).from_string(source).render(**variables)
        text.encode("utf-8")  # half a surrogate pair is no text elsewhere
        return {"text": text}
    except Exception:  # noqa: BLE001 - whatever Python makes of it, it is a failure
        return {"fails": True}


# --- Conversations -----------------------------------------------------------------------------------------------

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather at a place, now or <later> & \"soon\".",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "City, e.g. Köln"},
                "unit": {"type": "string", "enum": ["°C", "°F"], "default": "°C"},
                "days": {"type": "array", "items": {"type": "integer"}, "nullable": True},
                "detail": {
                    "type": "object",
                    "properties": {"wind": {"type": "boolean"}, "level": {"type": ["string", "null"], "default": 1.0}},
                    "required": ["wind"],
                },
            },
            "required": ["place"],
        },
        "return": {"type": "string"},
    },
}
CLOCK = {"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {}}}}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments, identifier="abcdefghi"):
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


CONVERSATIONS = {
    "question": [message("user", "Hello")],
    "system": [message("system", " Be kind. "), message("user", "Hello, who are you?\n")],
    "turns": [
        message("system", "Be kind."),
        message("user", "One?"),
        message("assistant", "  One.\n"),
        message("user", "Two?"),
        message("assistant", "Two."),
        message("user", "Three?"),
    ],
    "ends with the assistant": [message("user", "Say it"), message("assistant", "It")],
    "empty content": [message("user", ""), message("assistant", ""), message("user", "\n\t ")],
    "unicode": [
        message("system", "Réponds en français… 日本語もOK"),
        message("user", "👩‍👩‍👧‍👦 e\u0301 \u00e9 \u00a0 \u2028 <b>&amp;</b> {{ messages }} {% if %} \\n \"quoted\" 'single'"),
        message("assistant", "\u3000Ünïcödé\u3000"),
        message("user", "🇩🇪\r\nnext line"),
    ],
    "thinking": [
        message("user", "2+2?"),
        message("assistant", "<think>\nTwo and two.\n</think>\n\n4"),
        message("user", "3+3?"),
        message("assistant", "<think>\nThree and three.\n</think>\n\n6"),
    ],
    "reasoning apart": [
        message("user", "2+2?"),
        message("assistant", "4", reasoning_content="\nEasy.\n"),
    ],
    "calls": [
        message("user", "Weather in Köln?"),
        message("assistant", None, tool_calls=[call("weather", {"place": "Köln", "days": [1, 2.5, None, True]})]),
        message("tool", "12 °C", name="weather", tool_call_id="abcdefghi"),
        message("assistant", "It has 12 °C."),
        message("user", "Thanks"),
    ],
    "two calls": [
        message("system", "Use the functions."),
        message("user", "Weather in Köln and Bonn?"),
        message(
            "assistant",
            "Let me see.",
            tool_calls=[call("weather", {"place": "Köln"}), call("weather", {"place": "Bonn"}, "123456789")],
        ),
        message("tool", '{"celsius": 12}', tool_call_id="abcdefghi"),
        message("tool", '{"celsius": 13}', tool_call_id="123456789"),
    ],
    "call as text": [
        message("user", "Time?"),
        message("assistant", "", tool_calls=[call("clock", "{}", "short")]),
        message("tool", "noon", tool_call_id="short"),
    ],
    "parts": [
        message(
            "user",
            [{"type": "text", "text": " What is this? "}, {"type": "image"}, {"type": "text", "text": "And that?"}],
        )
    ],
    "system parts": [
        message("system", [{"type": "text", "text": "Be kind."}]),
        message("user", [{"type": "text", "text": "Hello"}]),
    ],
    "no turns": [message("assistant", "I begin"), message("assistant", "and go on")],
    "unknown role": [message("user", "Hello"), message("narrator", "Night fell.")],
    "long": [message(role, f"{role} {i}") for i in range(6) for role in ("user", "assistant")],
    "nothing": [],
}

SETTINGS = {
    "plain": {"add_generation_prompt": False},
    "prompt": {"add_generation_prompt": True},
    "tools": {"add_generation_prompt": True, "tools": [WEATHER, CLOCK]},
    "thinking off": {"add_generation_prompt": True, "enable_thinking": False},
    "tools with the system": {
        "add_generation_prompt": False,
        "tools": [CLOCK],
        "tools_in_user_message": False,
        "date_string": "1 Jan 2000",
    },
    "builtin tools": {"add_generation_prompt": True, "builtin_tools": ["code_interpreter", "search", "weather"]},
    "documents": {
        "add_generation_prompt": True,
        "documents": [{"title": "on the o'brien-CASE", "text": "first"}, {"title": "élan vital", "text": "second"}],
        "controls": {"length": "short", "b": 1, "a": [1.0, None]},
        "language": "straße",
        "level": "",
    },
}
# Which templates read which settings; the first two are for all.
READERS = {
    "tools": ["llama31", "qwen25", "qwen3", "mistral-v03", "granite", "schema-macros"],
    "thinking off": ["qwen3"],
    "tools with the system": ["llama31", "granite"],
    "builtin tools": ["llama31"],
    "documents": ["granite"],
}


def conversation_cases():
    cases = []
    for path in sorted(FOLDER.glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        for (name, messages), (setting, variables) in itertools.product(CONVERSATIONS.items(), SETTINGS.items()):
            if path.stem not in READERS.get(setting, [path.stem]):
                continue
            given = {"tools": None, "documents": None, **variables}
            now = NOW if len(name) % 2 else None
            result = outcome(
                source, {"messages": messages, "bos_token": "<s>", "eos_token": "</s>", **given}, now
            )
            cases.append(
                {
                    "template": path.stem, "conversation": name, "setting": setting, "knows_now": now is not None,
                    **result,
                }
            )
    return {
        "now": list(NOW.timetuple())[:6],
        "conversations": CONVERSATIONS,
        "settings": SETTINGS,
        "cases": cases,
    }


# --- Snippets ----------------------------------------------------------------------------------------------------

VARIABLES = {
    "text": "Hello, Wörld! e\u0301 👍🏽",
    "padded": " \t two words \n",
    "empty": "",
    "number": 7,
    "negative": -3,
    "fraction": 2.5,
    "yes": True,
    "nothing": None,
    "list": [3, 1, 2, 3],
    "words": ["banana", "Apple", "cherry", "apple"],
    "mixed": [1, "a", None, 2.0, True, [1, 2], {"k": "v"}],
    "entry": {"name": "n", "items": [1, 2], "b": 2, "a": {"deep": [10, {"x": "y"}]}, "": 0, "key with space": 1},
    "rows": [
        {"role": "user", "n": 2, "tag": {"id": "b"}},
        {"role": "assistant", "n": 1, "tag": {"id": "A"}},
        {"role": "user", "n": 3},
    ],
    "long": "a\nb\n\nc\r\nd",
}

EXPRESSIONS = r"""
1 + 2 * 3 - 4 // 3 % 5
(1 + 2) * 3
2 ** 3 ** 2
-2 ** 2
- 2 + 5
+number
--number
7 // 2
-7 // 2
7 // -2
7 % 3
-7 % 3
7 % -3
-7.5 % 2
7.5 // -2
7 / 2
6 / 2
1 / 3
2 / 3 * 1e10
0.1 + 0.2
1e16
1e15
123456789012345680.0
1.5e300
1e-4
1e-5
0.00001234
100.0
1.0
-0.0
5e-324
1.7976931348623157e308
2 ** 62
2 ** -1
2 ** 0.5
0x1F + 0b101 + 0o17
1_000_000
1_0.5_0
1 / 0
1 // 0
1 % 0
1.0 / 0
'a' + 'b' 'c'
'a' ~ 1 ~ 2.0 ~ none ~ true ~ [1]
1 ~ 2 + 3
1 + 2 ~ 3
'a' + 1
1 + 'a'
'ab' * 3
3 * 'ab'
[1, 2] * 2
'a' * -1
[1] + [2]
(1,) + (2, 3)
[1] + (2,)
none + 1
missing + 1
1 + missing
missing ~ 'x'
missing
missing.attribute
missing['key']
missing()
missing == missing
missing == none
missing is none
not missing
missing or 'fallback'
missing and 'x'
[missing]
missing in [1]
'a' in missing
missing | length
missing | list
missing | upper
missing | default('d')
missing | tojson
missing | int
missing | join(',')
missing | first
missing[1:]
nothing.attribute
nothing['x']
nothing | default('d')
nothing | default('d', true)
nothing | string
nothing | upper
nothing | length
nothing[0]
number.attribute
number[0]
number()
true
True
none
None
false or none
true and 1
0 or ''
1 and 2 or 3
not 1 == 2
not true and false
not (true and false)
not not 1
1 if true else 2
1 if false
(1 if false) is undefined
'a' if 0 else 'b' if '' else 'c'
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
1 == 1.0
1 == true
'1' == 1
[1, 2] == [1, 2.0]
[1] == (1,)
{'a': 1} == {'a': 1.0}
{'a': 1, 'b': 2} == {'b': 2, 'a': 1}
'a' < 'b'
'Z' < 'a'
'é' > 'z'
'\uffff' < '👍'
1 < 'a'
none < 1
[1, 2] < [1, 3]
[1, 'a'] < [2, none]
true < 2
{'a': 1} < {'b': 2}
'é' == 'e\u0301'
2 in list
'2' in list
'ell' in text
'' in text
1 in text
'b' in entry
'deep' in entry.a
none in mixed
1 not in list
not 1 in list
1 in number
(1, 2) in [(1, 2)]
[1] in {'a': 1}
text | length
text[0]
text[-1]
text[100]
text[1:4]
text[::-1]
text[::2]
text[-3:]
text[:-3]
text[5:2]
text[5:2:-1]
text[100:]
text[-100:2]
text[::0]
text['x']
text[1.0]
list[0]
list[-1]
list[9]
list[-9]
list[1:]
list[:2]
list[::-1]
list[::-2]
list[1:3]
list[-2:]
list[5:1:-1]
list[::9223372036854775807]
list[1::-9223372036854775807]
list['0']
list[true]
list[none:none]
list['a':]
list.0
(1, 2, 3)[1:]
(1, 2, 3)[::-1]
range(10)[2:5]
range(10)[::-3]
range(5) | list
range(1, 10, 3) | list
range(10, 0, -3) | list
range(0)
range(3)
range(1, 4)
range(1, 10, 2)
range(3) | length
range(3)[1]
range(1.5)
range(1, 2, 0)
range(200000)
3 in range(5)
range(3) == range(0, 3)
{}
[]
()
(1,)
(1, 2)
{'a': 1, "b": [true, none, 1.0, 'x']}
{1: 2, none: 3, true: 4}
{1: 'a', 1.0: 'b', true: 'c'}
{(1, 2): 3}
{[1]: 2}
['it\'s', "say \"x\"", 'both \' "', 'tab\t nl\n back\\ nul\x00 bell\a é \u200b 👍 \xa0 \xad']
entry.name
entry['name']
entry.items is callable
entry['items']
entry.keys() | list
entry.missing
entry.missing.more
entry['key with space']
entry['']
entry.a.deep[1].x
entry.a.deep.1.x
entry.get('name')
entry.get('nope')
entry.get('nope', 5)
entry.get()
entry.pop('a')
entry.update({'a': 1})
entry.clear is defined
entry | length
entry | list
entry | items | list
entry.items() | list
entry | dictsort
{'b': 1, 'A': 2} | dictsort
{'b': 1, 'A': 2} | dictsort(true)
{'b': 1, 'A': 2} | dictsort(by='value', reverse=true)
{'b': 1, 'A': 2} | dictsort(by='x')
entry.copy() == entry
list.append(1)
list.append is defined
list.index(2)
list.index(9)
list.count(3)
dict(a=1, b='x')
dict({'a': 1}, b=2)
dict([('a', 1), ['b', 2]])
dict(1)
namespace(a=1, b='x').a
namespace({'a': 1}).a
namespace().missing
text.upper()
text.lower()
'straße ǆ'.upper()
'ὈΔΥΣΣΕΎΣ ΣΣ Σ AΣ.'.lower()
'İI'.lower()
'ǆungla ELSE'.capitalize()
'ǆungla ELSE'.title()
"they're bill's 3rd x-ray".title()
'aBc ß'.swapcase()
padded.strip()
padded.lstrip()
padded.rstrip()
'xxaxbxx'.strip('x')
'xyaxbyx'.lstrip('xy')
'xyaxbyx'.rstrip('yx')
'\u3000\x1c a \x85'.strip()
'a'.strip(none)
'a'.strip(1)
'a'.strip('a', 'b')
'a b  c'.split()
' a b  c '.split(' ')
'a,b,c'.split(',', 1)
'a,b,c'.split(',', maxsplit=1)
'a,b,c'.split(sep=',')
'a b c  '.split(none, 1)
'a,b,c'.rsplit(',', 1)
' a b c '.rsplit(none, 1)
'aaa'.split('aa')
'aaa'.rsplit('aa')
'abc'.split('')
''.split()
''.split(',')
'a\nb\r\nc\x0bd\x1ce\u2028f\n\n'.splitlines()
'a</think>b'.split('</think>')[-1]
'a<b'.partition('<')
'a<b<c'.rpartition('<')
'abc'.partition('x')
'abc'.rpartition('x')
text.startswith('Hello')
text.startswith(('x', 'H'))
text.startswith('ello', 1)
text.endswith('👍🏽')
text.endswith('👍')
text.startswith(1)
'é'.startswith('e')
text.replace('l', 'L')
text.replace('l', 'L', 1)
'abc'.replace('', '-')
'abc'.replace('', '-', 2)
'aaa'.replace('aa', 'b')
text.find('W')
text.find('zz')
text.rfind('l')
text.index('zz')
'banana'.count('a')
'aaaa'.count('aa')
'aaaa'.rfind('aa')
'abc'.count('')
'banana'.find('a', 2)
'banana'.find('a', 2, 3)
', '.join(words)
','.join([1])
'-'.join('abc')
'abc'.join(missing)
'a1'.isalnum()
'12'.isdigit()
'1²'.isdigit()
'½'.isnumeric()
'Ⅷ'.isdecimal()
'abc'.isalpha()
''.isalpha()
' \t'.isspace()
'abC'.islower()
'ab1'.islower()
'AB1'.isupper()
'Title Case'.istitle()
'abc'.isascii()
'5'.zfill(3)
'-5'.zfill(4)
'ab'.center(7, '*')
'abc'.center(8)
'ab'.ljust(4) ~ '|'
'ab'.rjust(4)
'prefix-x'.removeprefix('prefix-')
'x.txt'.removesuffix('.txt')
'{} and {}'.format(1, 'x')
'{1} {0} {name} {{}}'.format('a', 'b', name='n')
'{} {}'.format(1)
'%s and %d' % ('x', 5)
'%s' % 'x'
'%s' % none
'%s' % [1, 'a']
'%r' % 'x'
'%05d|%-5s|%5s|%+d' % (42, 'ab', 'cd', 7)
'%.2f %e %g' % (3.14159, 12345.678, 0.0001)
'%x %X %o %%' % (255, 255, 8)
'%(a)s-%(b)s' % {'a': 1, 'b': 2}
'%s %s' % 'x'
'%s' % ('x', 'y')
'%d' % 'x'
'%d' % 3.9
'%*d' % (5, 42)
'%.3s' % 'abcdef'
'plain' % {}
'%s=%s' | format('a', 1)
'%(a)s' | format(a=1)
text | upper
text | lower
'hello wORLD' | capitalize
'hello wORLD-foo (bar) o\'neil' | title
padded | trim
'xxaxx' | trim('x')
number | trim
text | replace('l', 'L')
text | replace('l', 'L', 2)
123 | replace(2, 'x')
text | first
text | last
text | list
text | reverse
list | first
list | last
list | reverse | list
[] | first
[] | last
list | join
list | join('-')
list | join(d='-')
rows | join(', ', attribute='role')
words | join(', ') | upper
list | sort
list | sort(reverse=true)
words | sort
words | sort(case_sensitive=true)
words | sort(true, true)
mixed | sort
rows | sort(attribute='n') | map(attribute='n') | list
rows | sort(attribute='role,n') | map(attribute='n') | list
words | unique | list
words | unique(true) | list
list | unique | list
list | sum
rows | sum(attribute='n')
list | sum(start=10)
words | sum
[1.5, 2] | sum
list | min
list | max
words | min
words | max
words | max(case_sensitive=true)
rows | max(attribute='n')
[] | min
list | length
list | count
number | length
list | list
'abc' | list
entry | first
number | list
words | map('upper') | list
words | map('length') | list
words | map('replace', 'a', 'o') | list
rows | map(attribute='role') | list
rows | map(attribute='tag.id') | list
rows | map(attribute='tag') | map(attribute='id', default='-') | list
rows | map(attribute='nope', default='-') | list
rows | map(attribute='tag.id', default='-') | list
[[1, 2], [3, 4]] | map(attribute=0) | list
[[1, 2], [3, 4]] | map(attribute='1') | list
words | map('nofilter') | list
words | map | list
entry.values() | list
rows | selectattr('role', 'equalto', 'user') | list | length
rows | selectattr('role', '==', 'user') | map(attribute='n') | list
rows | selectattr('tag') | map(attribute='n') | list
rows | selectattr('tag.id', 'eq', 'A') | map(attribute='n') | list
rows | rejectattr('role', 'in', ['user', 'x']) | map(attribute='n') | list
rows | selectattr('tag', 'defined') | list | length
rows | selectattr('n', 'gt', 1) | map(attribute='n') | list
list | select('odd') | list
list | select('>', 1) | list
list | reject('odd') | list
mixed | select | list
mixed | select('string') | list
mixed | reject('none') | list
(rows | selectattr('role', 'equalto', 'nobody')) is true
'yes' if rows | selectattr('role', 'equalto', 'nobody') else 'no'
'yes' if rows | selectattr('role', 'equalto', 'nobody') | list else 'no'
words | map('upper') | length
(words | map('upper'))[0]
words | map('upper') | first
words | map('upper') | last
words | map('upper') | join('+')
words | batch(3) | list
words | batch(3, 'x') | list
range(7) | slice(3) | list
range(7) | slice(3, 'x') | list
3 | abs
-3.5 | abs
true | abs
'x' | abs
-2 | abs
-number | abs
'42' | int
' 42 ' | int
'4_2' | int
'42.9' | int
'-7' | int
'x' | int
'x' | int(5)
'x' | int(default=5)
'ff' | int(base=16)
'0xff' | int(0, 16)
'0b11' | int(0, 0)
42.9 | int
-42.9 | int
nothing | int
true | int
'1e3' | int
'inf' | int
[] | int
'3.5' | float
3 | float
'x' | float
'x' | float(1.5)
' 1e3 ' | float
'.5' | float
'1_0' | float
'nan' | float
'-inf' | float
2.5 | round
3.5 | round
2.675 | round(2)
42.55 | round(1)
42.55 | round(1, 'floor')
42.51 | round(1, 'ceil')
42 | round
1234 | round(-2)
1250 | round(-2)
1350 | round(-2)
1234.5 | round(-2)
2.1 | round(method='ceil')
'x' | round
42.55 | round(1, 'x')
number | string
fraction | string | length
[1, 'a'] | string
'<b> & "q" \'s\'' | e
'<b>' | escape
'<b>' | safe
long | indent
long | indent(2)
long | indent(2, true)
long | indent(width=1, blank=true)
long | indent('> ', first=true)
'' | indent
entry | tojson
mixed | tojson
text | tojson
'a"b\\c/d\n\t\r\b\f\x01\x7f\u2028<>&\'é' | tojson
mixed | tojson(indent=2)
entry | tojson(indent=4)
entry | tojson(sort_keys=true)
{} | tojson(indent=2)
[[], {}] | tojson(indent=1)
[1, [2]] | tojson(indent=0)
[1, [2]] | tojson(indent='--')
entry.a | tojson(separators=(',', ':'))
{1: 2, none: 3, 1.5: true, false: 0} | tojson
(1, 2) | tojson
text | tojson(ensure_ascii=true)
[1e16, 1.0, 1e-7, -0.0] | tojson
(words | map('upper')) | tojson
range(3) | tojson
namespace(a=1) | tojson
number | tojson
[1] | nofilter
number is nofilter
number is defined
missing is defined
missing is not defined
missing is undefined
nothing is none
nothing is not none
text is string
number is string
number is number
yes is number
fraction is number
number is integer
yes is integer
fraction is float
yes is boolean
1 is boolean
entry is mapping
list is mapping
list is sequence
text is sequence
entry is sequence
(1,) is sequence
range(3) is sequence
number is sequence
missing is sequence
nothing is iterable
text is iterable
entry is iterable
list is iterable
missing is iterable
entry.items() is iterable
entry.items() is sequence
entry.items() | length
(words | map('upper')) is iterable
yes is true
1 is true
false is false
nothing is false
3 is odd
4 is even
2.0 is even
'x' is odd
9 is divisibleby 3
9 is divisibleby(4)
9 is divisibleby(0)
1 is eq 1
1 is equalto(1.0)
1 is ne 2
1 is lt 2
2 is le 2
3 is gt 2
3 is ge 4
3 is greaterthan(2)
1 is in [1, 2]
'a' is in 'abc'
1 is not in [1, 2]
'abc' is lower
'Abc' is lower
'ABC' is upper
'1' is upper
range is callable
text.upper is callable
1 is sameas 1
true is sameas 1
list is sameas list
[1] is sameas [1]
'upper' is filter
'nope' is filter
'odd' is test
1 is defined is true
1 is string or 2 is number
not 1 is string
1 + 1 is string
1 == 1 is true
'a' is string and 'b' is string
'a' is string == true
1 is odd | string
(1 is odd) | string | length
2 * number | string
-1 | abs + 2
'a' ~ 'b' | upper
'a' + 'b' | upper
[1, 2, 3,]
{'a': 1,}
(1, 2,)
range(3,) | list
dict(**{'a': 1})
dict(a=1, **{'b': 2})
dict(a=1, a=2)
range(*[1, 4]) | list
'%s %s' | format(*['a', 'b'])
list[0, 1]
'a\x41\u00e9\U0001F44D\101\q\'\"\\'
'a\
b'
"\ud800"
loop
self_is_missing
raise_exception('no')
raise_exception()
strftime_now('%Y-%m-%d %H:%M:%S')
strftime_now('%d %b %Y, %A %a %B %j %I %p %y %-d %-m %% %e|%F %T %D %R')
strftime_now()
yes + yes
yes * 3
'x' * yes
list[yes]
text.nope
text.nope()
text['upper']()
entry['keys']() | list
[1, 2].0
1.5.0
'a' 'b' | length
1 2
a b
(1
[1
{1}
1 +
| upper
x.
'unclosed
1 = 2
1 ? 2
not
in
is
if
a if
a is
"""

STATEMENTS = [
    "{% for x in list %}{{ x }}{% endfor %}",
    "{% for x in list %}{{ loop.index }}/{{ loop.index0 }}/{{ loop.revindex }}/{{ loop.revindex0 }}/{{ loop.first }}/{{ loop.last }}/{{ loop.length }}/{{ loop.previtem }}/{{ loop.nextitem }}/{{ loop.depth }}/{{ loop.depth0 }};{% endfor %}",
    "{% for x in [] %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in missing %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in none %}{{ x }}{% endfor %}",
    "{% for x in 5 %}{{ x }}{% endfor %}",
    "{% for x in list if x > 1 %}{{ x }}{{ loop.index }}{{ loop.length }}{{ loop.last }} {% else %}none{% endfor %}",
    "{% for x in list if x > 9 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in list if loop.first %}{{ x }}{% endfor %}",
    "{% set ns = namespace(stop=false) %}{% for x in list if not ns.stop %}{{ x }}{% set ns.stop = true %}{% endfor %}",
    "{% for k, v in entry.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in entry | items %}{{ k }}={{ v }};{% endfor %}",
    "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for a, b in ['xy'] %}{{ a }}-{{ b }}{% endfor %}",
    "{% for k in entry %}{{ k }},{% endfor %}",
    "{% for c in text %}[{{ c }}]{% endfor %}",
    "{% for x in list %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% if x == 2 %}{% break %}{% endif %}{% endfor %}",
    "{% for x in list %}{% break %}{% else %}e{% endfor %}",
    "{% for x in list %}{% continue %}{% else %}e{% endfor %}",
    "{% for x in list %}{% for y in list %}{{ loop.index }}{% break %}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for x in list %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in list %}{{ loop | length }}{% endfor %}",
    "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}",
    "{% for x in list | sort %}{{ x }}{% endfor %}",
    "{% for x in list[::-1] %}{{ x }}{% endfor %}",
    "{% for x in list %}{% set y = x %}{% endfor %}{{ y }}",
    "{% set y = 0 %}{% for x in list %}{{ y }}{% set y = x %}{{ y }};{% endfor %}{{ y }}",
    "{% for x in list %}{% endfor %}{{ x }}",
    "{% set x = 9 %}{% for x in list %}{{ x }}{% endfor %}{{ x }}",
    "{{ loop is defined }}{% for x in [1] %}{{ loop is defined }}{% endfor %}",
    "{% break %}",
    "{% if true %}{% continue %}{% endif %}",
    "{% for x in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% if 0 %}a{% elif 1 %}b{% else %}c{% endif %}",
    "{% if '' %}a{% elif [] %}b{% else %}c{% endif %}",
    "{% if true %}{% set z = 1 %}{% endif %}{{ z }}",
    "{% if number > 5 and text is string %}y{% endif %}",
    "{% if x is not defined %}y{% endif %}",
    "{% if 1, 2 %}t{% endif %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = 'xy' %}{{ b }}{{ a }}",
    "{% set a = 1, 2 %}{{ a }}",
    "{% set a, b = 1 %}",
    "{% set a %}x{{ number }}{% endset %}{{ a }}{{ a is string }}",
    "{% set a | upper | replace('X', 'y') %}x{{ text }}{% endset %}{{ a }}",
    "{% set a %}{% set inner = 1 %}{% endset %}{{ inner is defined }}",
    "{% set ns = namespace(x=1) %}{% set ns.x = ns.x + 1 %}{% set ns.y = 'z' %}{{ ns.x }}{{ ns.y }}{{ ns.w is defined }}",
    "{% set ns = namespace() %}{% set ns.a, b = 1, 2 %}{{ ns.a }}{{ b }}",
    "{% set ns = namespace() %}{% set ns.t %}block{% endset %}{{ ns.t }}",
    "{% set entry.x = 1 %}",
    "{% set nope.x = 1 %}",
    "{% set ns = namespace(n=0) %}{% for x in list %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}",
    "{{ namespace(a=1, b='x') }}",
    "{% set messages = list %}{% set messages = messages[1:] %}{{ messages }}",
    "{% set list = [0] + list %}{{ list }}",
    "{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, c=3) }}|{{ m(b=1, a=2) }}|{{ m() }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x=2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
    "{% macro m(a, b=1, c) %}{% endmacro %}",
    "{% macro m() %}{{ outer }}{% endmacro %}{% set outer = 1 %}{{ m() }}",
    "{% macro m() %}{% set outer = 2 %}{{ outer }}{% endmacro %}{% set outer = 1 %}{{ m() }}{{ outer }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(5) }}",
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(5) }}",
    "{% macro m() %} x {% endmacro %}[{{ m() | trim }}]{{ m().upper() }}{{ m.name }}{{ m.arguments }}",
    "{% macro m(x) %}{{ caller() }}{{ x }}{% endmacro %}{% call m(1) %}body{% endcall %}",
    "{% macro m() %}{{ caller(1, b=2) }}{% endmacro %}{% call(a, b) m() %}{{ a }}{{ b }}{{ number }}{% endcall %}",
    "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}",
    "{% call 1 %}{% endcall %}",
    "{% filter upper %}a{{ text }}{% endfilter %}",
    "{% filter replace('a', 'b') | trim %} aaa {% endfilter %}",
    "{% for x in list %}{% filter upper %}a{% if x == 1 %}{% break %}{% endif %}{% endfilter %}{% endfor %}",
    "{% for x in list %}{% set s %}a{% if x == 1 %}{% continue %}{% endif %}b{% endset %}{{ s }}{{ x }}{% endfor %}",
    "{% with a = 1, b = number %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% with %}{% set q = 1 %}{% endwith %}{{ q }}",
    "{% with number = 1, b = number %}{{ b }}{% endwith %}",
    "{% generation %}{% set q = 1 %}{{ q }}{% endgeneration %}{{ q }}",
    "{% for x in [1] %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% print number %}",
    "{% raw %}{{ x }}{% endraw %}|{%- raw -%}  {% if %}  {%- endraw -%}  |",
    "a\n  {% raw %}\n  x\n  {% endraw %}\nb",
    "{% raw %}never closed",
    "{# never closed",
    "{{ never closed",
    "{% if x %}never closed",
    "{% for x in list %}{% endif %}",
    "{% endif %}",
    "{% nosuchtag %}",
    "{% %}",
    "{{ }}",
    "{% if %}{% endif %}",
    "{% for in list %}{% endfor %}",
    "{% for x list %}{% endfor %}",
    "{% set %}",
    "{% set 1 = 2 %}",
    "{% set true = 2 %}",
    "{% include 'x' %}",
    "{% extends 'x' %}",
    "{{ 1 }} }} %} #} {",
    "{ { {a} { % %}",
    "{{ '}}' }}{{ '%}' }}{{ {'a': {'b': 1}} }}",
    "{{ {'a': 1}}}",
    "{{ (1 }}",
    "{{ 1) }}",
    "{{ [1) }}",
    "x {#- c -#} y",
    "x {# c #}\n y",
    "x {#+ c +#}\n y",
    "{# {{ x }} {% if %} #}z",
    "{#-#}z",
    "   {% if true %}   \n   x\n   {% endif %}   \n   y",
    "   {%- if true %}   \n   x\n   {%- endif %}   \n   y",
    "   {% if true -%}   \n   x\n   {% endif -%}   \n   y",
    "   {%+ if true %}\n   x\n   {%+ endif +%}\n   y",
    "   {{ 1 }}\n   {{- 2 }}\n   {{ 3 -}}\n   {{+ 4 }}\n",
    "   {# c #}   \n   {# d #}\nx",
    "a {% if true %} b {% endif %} c",
    "a\n{% if true %}\n\nb\n{% endif %}\n\nc\n\n",
    "\t{% set x = 1 %}\n\n{% set y = 2 %}\t\n{{ x }}",
    "{% if true %}\r\nx\r\n{% endif %}\r\ny\r",
    "{%- if true -%} a {%- endif -%}\n\n b",
    "{{ 'a\nb\r\nc' }}",
    "  {% if true %}{% if true %}x{% endif %}\n  {% endif %}\n",
    "x\u00a0{%- if true %}y{% endif %}",
    "\u3000{% if true %}y{% endif %}",
    "{% if true %}x{% endif %}  {% if true %}\n  y{% endif %}",
    "\n\n",
    "\n",
    "",
    "x\n",
    "x\n\n",
    "{{ 1 }}\n",
    "{% set x = 1 %}\n",
    "{{\n  1\n  +\n  2\n}}",
    "{%\n if 1\n%}\nx{%endif%}",
    "{{-1}}{{- 1 -}}{{ 2-}}",
    "{{ +1 }}{{+1}}",
    "{{ not true}}{{true if true else false}}",
    "{% set _x1 = 1 %}{{ _x1 }}{% set größe = 2 %}{{ größe }}",
    "{% set x = namespace(l=[]) %}{% for i in range(3) %}{% set x.l = x.l + [i] %}{% endfor %}{{ x.l }}",
    "{% set it = words | map('upper') %}{% for x in it %}{{ x }}{% endfor %}{% for x in it %}{{ x }}{% endfor %}{{ it | list }}",
    "{% set a = 1 %}{% macro m() %}{{ a }}{% endmacro %}{% for a in [2] %}{{ m() }}{% endfor %}",
    "{% for m in rows %}{{ loop.previtem.role if loop.previtem is defined else '-' }}>{{ m.role }}{% if loop.nextitem is defined and loop.nextitem.role == m.role %}!{% endif %} {% endfor %}",
    "{% for x in list %}{% if loop.index is divisibleby 2 %}{{ x }}{% endif %}{% endfor %}",
    "{% set loop_messages = rows %}{% for message in loop_messages | rejectattr('role', 'equalto', 'user') %}{{ message.n }}{% endfor %}",
    "{{ rows | map(attribute='role') | unique | join('/') }}",
    "{{ {'a': 1}.items() | list }}",
    "{% if 'x' in {'x': none} %}y{% endif %}{% if {'x': none}.x is none %}z{% endif %}",
    "{{ raise_exception('stop: ' + text) }}",
    "{% if false %}{{ raise_exception('never') }}{% endif %}ok",
    "{{ range(3) | map('string') | join }}",
    "{% set x = range(100000) | list %}{{ x | length }}",
    "{{ '{{' }}{{ \"{%\" }}",
    "{% set a = {'b': [1, {'c': 'd'}]} %}{{ a.b[1].c }}{{ a['b'][-1]['c'] }}{{ a.b.1.c }}",
    "{% set f = text.upper %}{{ f() }}",
    "{% set x = none %}{{ x }}{% if x is none %}n{% endif %}{{ x or 'd' }}",
]


def random_expressions(count):
    """Expressions put together by chance, of numbers, texts and lists, some of which fail."""
    chance = random.Random(11)
    leaves = ["0", "1", "2", "7", "-3", "2.5", "0.1", "'a'", "'bc'", "''", "true", "false", "none", "list", "text"]
    leaves += ["number", "fraction", "words", "[]", "[1, 'x']", "entry", "missing", "(1, 2)"]
    operators = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "and", "or", "in", "not in"]
    suffixes = ["| length", "| string", "| upper", "| first", "[0]", "[1:]", "[::-1]", "is string", "is number"]
    suffixes += ["is defined", "is iterable", "| default('d')", "| list", "| int", "| tojson", "| trim", "| last"]

    def make(depth):
        kind = chance.random()
        if depth == 0 or kind < 0.15:
            return chance.choice(leaves)
        if kind < 0.55:
            return f"{make(depth - 1)} {chance.choice(operators)} {make(depth - 1)}"
        if kind < 0.7:
            return f"({make(depth - 1)})"
        if kind < 0.75:
            return f"not {make(depth - 1)}"
        if kind < 0.8:
            return f"({make(depth - 1)} if {make(depth - 1)} else {make(depth - 1)})"
        return f"({make(depth - 1)}) {chance.choice(suffixes)}"

    found = []
    while len(found) < count:
        source = "{{ " + make(3) + " }}"
        result = outcome(source, VARIABLES)
        # Most of what chance makes fails; a few of those are enough. Addresses and whole numbers beyond 64 bits
        # are Python's own.
        if "text" in result and (" at 0x" in result["text"] or len(result["text"]) > 300):
            continue
        if "fails" in result and chance.random() < 0.9:
            continue
        # With constants, Jinja2 itself sometimes does something else than with variables: `1[1:]`.
        apart = "{% set result = " + source[3:-3] + " %}{{ result }}"
        if result != outcome(apart, VARIABLES, folds_constants=False):
            continue
        if source not in found:
            found.append(source)
    return found


def snippet_cases():
    sources = ["{{ " + line + " }}" for line in expression_lines()] + STATEMENTS + random_expressions(400)
    cases = []
    for source in sources:
        result = outcome(source, VARIABLES)
        assert " at 0x" not in result.get("text", ""), source
        cases.append({"source": source, **result})
    return {"now": list(NOW.timetuple())[:6], "variables": VARIABLES, "cases": cases}


def expression_lines():
    # The one expression that goes over two lines has a backslash at the end of its first.
    joined = EXPRESSIONS.strip().replace("\\\n", "\x00").split("\n")
    return [line.replace("\x00", "\\\n") for line in joined]


def write(name, value):
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore", SyntaxWarning)
    assert jinja2.__version__ == "3.1.6", "another Jinja2 may differ in small things"
    write("conversations.json", conversation_cases())
    write("snippets.json", snippet_cases())
