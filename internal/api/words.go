package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sasumata/sasumata/internal/access"
	"github.com/sasumata/sasumata/internal/access/oidc"
	"github.com/sasumata/sasumata/internal/database"
)

// words are the texts of the pages in one language.
type words struct {
	Language, SignInTitle, SignIn, SignOut, SignedOut, Name, Password, Or string
	SecondStep, Code, CodeHint, BeginAgain, UsePasskey, PasskeyFailed     string
	SetupTitle, SetupFirst, SetupAdd, SetupDone, NameHint, PasswordHint   string
	AccountTitle, SignedInAs, Manage                                      string

	provider, refused, throttled, busy, again, encrypted, failed string
	refusedAt, awayAt, wrongAt, link                             string
}

func english() *words {
	return &words{ //nolint:gosec // texts for people
		Language: "Language", SignInTitle: "Sign in", SignIn: "Sign in", SignOut: "Sign out", SignedOut: "You are signed out.", Name: "Name", Password: "Password", Or: "or",
		SecondStep: "The password is right. One more step shows that it is you.", Code: "Code of the second factor", CodeHint: "Of your authenticator, or a recovery code.",
		BeginAgain: "Begin again", UsePasskey: "Use a passkey", PasskeyFailed: "That did not work with a passkey. Try again, or sign in another way.",
		SetupTitle: "Set up Sasumata", SetupFirst: "Add the first user, who is an admin.", SetupAdd: "Add the admin", SetupDone: "The admin was added. This link is of no use any more.",
		NameHint: "Lower-case letters, digits and . _ @ -", PasswordHint: "At least 12 characters. A few words are easy to remember.",
		AccountTitle: "Your account", SignedInAs: "Signed in as", Manage: "Password, second factor, passkeys, sessions, tokens",
		provider: "Sign in with %s", refused: "The name, the password or the code is wrong.", throttled: "Too many attempts failed. Try again in %d minutes.", busy: "Too many people sign in right now. Try again in a moment.",
		again: "That took too long, or was used already. Begin again.", encrypted: "Passwords are taken over https, or on this machine only.", failed: "It failed. The log of the server says why.",
		refusedAt: "%s knows you, but you may not sign in here.", awayAt: "%s cannot be reached. Try again later, or sign in another way.", wrongAt: "What came back from %s is not valid. Begin again.",
		link: "The link is wrong, too old or used. A restart of a server without users writes a new one to its log.",
	}
}

func japanese() *words {
	return &words{ //nolint:gosec // texts for people
		Language: "言語", SignInTitle: "サインイン", SignIn: "サインイン", SignOut: "サインアウト", SignedOut: "サインアウトしました。", Name: "名前", Password: "パスワード", Or: "または",
		SecondStep: "パスワードは正しいです。本人であることを、もう一段階確認します。", Code: "二要素認証のコード", CodeHint: "認証アプリのコード、またはリカバリーコード。",
		BeginAgain: "最初からやり直す", UsePasskey: "パスキーを使う", PasskeyFailed: "パスキーでサインインできませんでした。もう一度試すか、別の方法でサインインしてください。",
		SetupTitle: "Sasumata の初期設定", SetupFirst: "最初のユーザー（管理者）を作成します。", SetupAdd: "管理者を作成", SetupDone: "管理者を作成しました。このリンクはもう使えません。",
		NameHint: "小文字の英数字と . _ @ -", PasswordHint: "12 文字以上。いくつかの単語を並べると覚えやすくなります。",
		AccountTitle: "アカウント", SignedInAs: "サインイン中のユーザー:", Manage: "パスワード、二要素認証、パスキー、セッション、トークン",
		provider: "%s でサインイン", refused: "名前、パスワード、またはコードが違います。", throttled: "失敗が続いたため、あと %d 分はサインインできません。", busy: "サインインが混み合っています。少し待ってから試してください。",
		again: "時間がかかりすぎたか、すでに使われています。最初からやり直してください。", encrypted: "パスワードは https か、このマシン上でだけ受け付けます。", failed: "失敗しました。理由はサーバーのログにあります。",
		refusedAt: "%s では認証されましたが、このサーバーの利用は許可されていません。", awayAt: "%s に接続できません。後で試すか、別の方法でサインインしてください。", wrongAt: "%s からの応答が正しくありません。最初からやり直してください。",
		link: "リンクが違うか、期限切れか、使用済みです。ユーザーのいないサーバーを再起動すると、新しいリンクがログに出ます。",
	}
}

// languageCookie holds the language that somebody chose on a page.
const languageCookie = "sasumata-language"

// language returns that of the pages: the one chosen, or what the browser likes more.
func language(r *http.Request) string {
	chosen := r.URL.Query().Get("lang")
	if c, err := r.Cookie(languageCookie); err == nil && chosen == "" {
		chosen = c.Value
	}
	if chosen == "ja" || chosen == "en" {
		return chosen
	}
	for one := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Language")), ",") { // the best comes first
		tag, _, _ := strings.Cut(strings.TrimSpace(one), ";")
		switch tag, _, _ = strings.Cut(tag, "-"); tag {
		case "ja", "en":
			return tag
		}
	}
	return "en"
}

// say returns the code of an answer to a failure, and its text. The log is told what is
// the server's own fault.
func (w *words) say(err error, language, provider string) (code int, text string, known bool) {
	if bad, ok := errors.AsType[*access.WrongError](err); ok {
		if language == "ja" {
			return http.StatusBadRequest, bad.Japanese(), true
		}
		return http.StatusBadRequest, bad.Error(), true
	}
	if wait, ok := errors.AsType[*access.ThrottledError](err); ok {
		return http.StatusTooManyRequests, fmt.Sprintf(w.throttled, int(wait.After/time.Minute)+1), true
	}
	if p, ok := errors.AsType[*problem](err); ok && p != errReadable {
		return p.code, p.text, true
	}
	switch {
	case errors.Is(err, access.ErrRefused) && provider != "":
		return http.StatusForbidden, fmt.Sprintf(w.refusedAt, provider), true
	case errors.Is(err, access.ErrRefused):
		return http.StatusUnauthorized, w.refused, true
	case errors.Is(err, oidc.ErrAway):
		return http.StatusBadGateway, fmt.Sprintf(w.awayAt, provider), true
	case errors.Is(err, oidc.ErrWrong):
		return http.StatusForbidden, fmt.Sprintf(w.wrongAt, provider), true
	case errors.Is(err, access.ErrTicket):
		return http.StatusForbidden, w.again, true
	case errors.Is(err, access.ErrSetUp):
		return http.StatusForbidden, w.link, true
	case errors.Is(err, errReadable):
		return http.StatusForbidden, w.encrypted, true
	case errors.Is(err, access.ErrBusy):
		return http.StatusServiceUnavailable, w.busy, true
	case errors.Is(err, database.ErrUnavailable), errors.Is(err, database.ErrFull):
		return http.StatusServiceUnavailable, w.failed, false
	}
	return http.StatusInternalServerError, w.failed, false
}
