import{X as e,nt as t,tt as n}from"./index-DrjtT4zS.js";var r=[`enabled`,`simulate`,`disabled`],i=`/api/v1/rules`,a=e=>`${i}/${encodeURIComponent(e)}`;async function o(e,n,r,i){let a={method:e,headers:{"Content-Type":`application/json`},body:JSON.stringify(r)};return i&&(a.signal=i),(await t(n,a)).json()}async function s(t){let n=[];for(let r=``;;){let a=await e(i,{limit:`1000`,...r&&{cursor:r}},t);if(n.push(...a.rules),!a.next)return n;r=a.next}}var c=(t,n)=>e(a(t),{},n),l=(t,n)=>e(`${a(t)}/editions/${n}`),u=(e,t)=>o(`POST`,`${i}/check`,{text:e},t),d=(e,t,n)=>o(`POST`,`${i}/preview`,{text:e,hours:t},n),f=(e,t,n,r)=>o(`PUT`,a(e),{text:t,note:n,...r===void 0?{}:{edition:r}}),p=e=>n(a(e)),m=(e,t,n)=>o(`PUT`,`${a(e)}/mode`,{mode:t,reason:n}),h=e=>`/ui/rule?id=${encodeURIComponent(e)}`;function g(e){return`id: my_rule
version: 1
name: What it is about
type: log_detection
isEnabled: true
tags: []
queries:
  - name: events
    query: '${(e.trim()||`@evt.outcome:failure`).replaceAll(`'`,`''`).replace(/\s*\n\s*/g,` `)}'
    aggregation: count
    groupByFields: ['@network.client.ip']
cases:
  - name: Many
    status: medium
    condition: events > 10
options:
  detectionMethod: threshold
  evaluationWindow: 300
  keepAlive: 3600
  maxSignalDuration: 86400
message: '**{{@network.client.ip}}: {{events_matched_per_query.events}} events within 5 minutes.**'
`}export{c as a,p as c,f as d,l as i,h as l,u as n,r as o,g as r,d as s,s as t,m as u};