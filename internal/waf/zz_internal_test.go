package waf
import ("testing";"fmt")
func TestZZ(t *testing.T){
 p:=shipped(t)
 fmt.Println("branches",len(p.branches),"always",len(p.filter.always),"clauses",len(p.filter.byFirst),"states", len(p.filter.scan.next)/p.filter.scan.width, p.filter.scan.width)
 for n,g:=range map[string]*gate{"url":p.url,"agent":p.agent,"ref":p.refer}{ fmt.Println(n,"always",len(g.filter.always),"states",len(g.filter.scan.next)/g.filter.scan.width,g.filter.scan.width)
  for _,b:=range g.filter.always { fmt.Println("   ALWAYS",n,p.list[p.branches[b].pattern].id, p.branches[b].re.String())}}
 for _,b:=range p.filter.always { fmt.Println("ALWAYS full",p.list[p.branches[b].pattern].id, p.branches[b].re.String())}
 show:=func(f *filter, text string){ bits:=make([]uint64,p.words); f.scan.mark([]byte(text),bits)
  for w,s:=range bits[:f.words()] { for ;s!=0; s&=s-1 { for _,c:=range f.byFirst[w<<6|trailingZeros(s)] { if c.passes(bits) { fmt.Println("   CAND",p.list[p.branches[c.branch].pattern].id,p.branches[c.branch].re.String()[:min(150,len(p.branches[c.branch].re.String()))]) }}}}}
 for _,u:=range []string{"/products/1234/reviews.html?page=2&sort=asc","/search?q=select a colour from the list!&x=café","/a/b/img.png"} {fmt.Println(u);show(p.filter,u); fmt.Println("  gate");show(p.url.filter,u)}
 ua:="mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/128.0.0.0 safari/537.36"
 fmt.Println("UA"); show(p.filter,ua); fmt.Println(" gate"); show(p.agent.filter,ua)
 r:="https://shop.example/list?page=3"
 fmt.Println("REF"); show(p.filter,r); fmt.Println(" gate"); show(p.refer.filter,r)
}
