/**
 * Times lookups by the classes that websockify itself uses, in a process that has loaded them. Arguments: how many rounds,
 * and a JSON list of cases, each `[plugin, source, tokens]`. It prints a JSON list: for each case the milliseconds of its
 * lookups; each round has one of each case, in turns forwards and backwards.
 *
 * TokenFileName came after the version that Debian 12 has: it reads the file that has the token's name.
 */
export const pluginScript = `
import contextlib, io, json, os, random, sys, time
import redis, requests, simplejson
from websockify.token_plugins import BasePlugin, JSONTokenApi, TokenRedis

class TokenFileName(BasePlugin):
    def lookup(self, token):
        path = os.path.join(self.source, os.path.basename(token))
        if not os.path.exists(path):
            return None
        with open(path) as file:
            return file.read().strip().split(':')

plugins = {'JSONTokenApi': JSONTokenApi, 'TokenFileName': TokenFileName, 'TokenRedis': TokenRedis}
rounds = int(sys.argv[1])
random.seed(1)
with contextlib.redirect_stderr(io.StringIO()):
    cases = []
    for plugin, source, tokens in json.loads(sys.argv[2]):
        with open(tokens) as file:
            lines = file.read().split('\\n')[:-1]
        cases.append((plugins[plugin](source), random.choices(lines, k=rounds), []))
    for turn in range(rounds):
        for case, lines, took in cases if turn % 2 == 0 else reversed(cases):
            token, address = lines[turn].split(': ')
            began = time.perf_counter()
            found = case.lookup(token)
            took.append((time.perf_counter() - began) * 1000)
            if found is None or ':'.join(map(str, found)) != address:
                sys.exit('%s finds %s where %s is' % (type(case).__name__, found, address))
warm = rounds // 10
print(json.dumps([took[warm:] for _, _, took in cases]))
`
