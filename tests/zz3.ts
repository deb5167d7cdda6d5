import { Hrefs } from '../packages/api/href.ts'
import { linkOf } from '../packages/api/resource.ts'
import { readVirtualMachine } from '../packages/api/virtual-machine.ts'

const auth = { authorization: 'Basic ' + btoa('admin:xabiquo'), accept: 'application/vnd.abiquo.virtualmachines+json' }
const h = new Hrefs('http://x/api')
const t = { json: 0, link: 0, shared: 0, locate: 0, read: 0 }
for (let i = 1; i <= 100; i++)
  for (let s = 0; s < 1000; s += 250) {
    const r = await fetch(
      `http://127.0.0.1:19002/api/admin/enterprises/${i}/action/virtualmachines?limit=250&startwith=${s}`,
      { headers: auth },
    )
    const b = await r.bytes()
    let a = performance.now()
    const o: any = process.argv[2] ? JSON.parse(new TextDecoder().decode(b)) : await new Response(b).json()
    t.json += performance.now() - a
    a = performance.now()
    const l = o.collection.map((v: any) => [
      linkOf(v, 'edit'),
      linkOf(v, 'enterprise'),
      linkOf(v, 'machine'),
      linkOf(v, 'location'),
    ])
    t.link += performance.now() - a
    a = performance.now()
    for (const x of l) {
      h.locateShared(x[1])
      h.locateShared(x[2])
      h.locateShared(x[3])
    }
    t.shared += performance.now() - a
    a = performance.now()
    for (const x of l) h.locate(x[0])
    t.locate += performance.now() - a
    a = performance.now()
    for (const v of o.collection) readVirtualMachine(v, h)
    t.read += performance.now() - a
  }
console.log(t)
