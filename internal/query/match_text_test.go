package query

import (
	"testing"

	"github.com/sasumata/sasumata/internal/event"
)

func TestFreeText(t *testing.T) {
	e := event.New()
	f := func(message, text string, want bool) {
		t.Helper()
		e.Message = message
		if got := mustParse(t, text).Match(e); got != want {
			t.Errorf("%s in %q: got %v, want %v", text, message, got, want)
		}
	}
	// Words, without letter case.
	f("Accepted password for root", `password`, true)
	f("Accepted password for root", `PASSWORD`, true)
	f("Accepted PassWord for root", `password`, true)
	f("Accepted passwords for root", `password`, false)
	f("apassword", `password`, false)
	f("apassword password", `password`, true)
	f("password_hash", `password`, false)
	f("(password)", `password`, true)
	f("user=root", `root`, true)
	f("", `password`, false)
	f("error 404", `404`, true)
	f("error 4040", `404`, false)
	// Several words: all of them, in any order.
	f("login was successful", `successful login`, true)
	f("login was successful", `successful logout`, false)
	f("login was successful", `successful OR logout`, true)
	f("login was successful", `login -failed`, true)
	// Phrases: side by side.
	f("a successful login here", `"successful login"`, true)
	f("a Successful, Login here", `"successful login"`, true)
	f("a successful-login here", `"successful login"`, true)
	f("login was successful", `"successful login"`, false)
	f("successful admin login", `"successful login"`, false)
	f("successfullogin", `"successful login"`, false)
	f("successful successful login", `"successful login"`, true)
	f("Finished: 12", `"Finished:"`, true)
	f("host google.com down", `google.com`, true)
	f("from 10.0.0.1 port", `10.0.0.1`, true)
	f("from 10.0.0.12 port", `10.0.0.1`, false)
	// Wildcards stay inside a word.
	f("passwords", `pass*`, true)
	f("bypass", `pass*`, false)
	f("bypass", `*pass`, true)
	f("bypassed", `*pass*`, true)
	f("pass word", `pass*word`, false)
	f("passXword", `pass*word`, true)
	f("cat cut", `c?t`, true)
	f("coat", `c?t`, false)
	f("hello* world", `"hello*"`, true)
	f("hellos world", `"hello*"`, false)
	f("see s3browser.com/x", `*browser.com*`, true)
	f("from 10.0.0.77", `10.0.*`, true)
	f("from 10.0.9.5", `10.0.*.5`, true)
	f("from 10.0.9.6", `10.0.*.5`, false)
	// No word at all.
	f("a -> b", `"->"`, true)
	f("a - b", `"->"`, false)
	f("a", `"->"`, false)
	f("", `""`, true)
	f("a", `""`, false)
	// Scripts.
	f("Überfall", `überfall`, true)
	f("ÜBERFALL", `überfall`, true)
	f("überfällig", `überfall`, false)
	f("ログインに失敗しました", `失敗`, true)
	f("ログインに失敗しました", `ログイン`, true)
	f("ログインに失敗しました", `ログ*失敗*`, true)
	f("ログインに失敗しました", `成功`, false)
	f("userのログイン", `user`, true)
	f("前のlogin2です", `log*`, true)
	f("前のlogin2です", `login2`, true)
	f("管理者rootのログイン", `管理者root`, true)
	f("管理者rootsのログイン", `管理者root`, false)
	f("管理者rootsのログイン", `管理者root*`, true)
	f("ログイン失敗", `"ログイン 失敗"`, false)
	f("ログイン・失敗", `"ログイン 失敗"`, true)
	f("ログイン・失敗", `失敗 ログイン`, true)
	f("\xff\xfepassword\xff", `password`, true)
	// The message only.
	e.Set("other", event.StringValue("needle"))
	f("hay", `needle`, false)
}

func TestFullText(t *testing.T) {
	e := accessLog(t)
	f := func(text string, want bool) {
		t.Helper()
		if got := mustParse(t, text).Match(e); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	f(`*:scanner`, true)
	f(`*:SCANNER`, true)
	f(`*:wordpress`, true)
	f(`*:"X11 Linux"`, true)
	f(`*:4711`, true)
	f(`*:47*`, true)
	f(`*:true`, true)
	f(`*:HTTP`, true)
	f(`*:useragent`, false)
	f(`*:nginx`, false)
	f(`*:(nothing OR scanner)`, true)
	f(`-*:scanner`, false)
}
