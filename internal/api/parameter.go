package api

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sasumata/sasumata/internal/document"
)

// maxList is how many entries a page of a list has at the most, listed how many unless
// somebody wants another number.
const maxList, listed = 1000, 100

// parameters reads those of a request, each of which may be there once.
func parameters(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, wrong(fmt.Errorf("read the parameters: %w", err))
	}
	for name, all := range values {
		if len(all) > 1 {
			return nil, wrong(fmt.Errorf("parameter %q is there %d times, want it once", name, len(all)))
		}
	}
	return values, nil
}

// known returns the parameters of a request, of which no others may be there. Every handler
// begins with it, also one without parameters: what somebody misspelt is told, not ignored.
func known(r *http.Request, names ...string) (url.Values, error) {
	values, err := parameters(r)
	if err != nil {
		return nil, err
	}
	return values, only(values, names...)
}

// only refuses parameters that nobody reads.
func only(values url.Values, names ...string) error {
	for name := range values {
		if slices.Contains(names, name) {
			continue
		}
		text := fmt.Sprintf("parameter %q is unknown, want %s", name, cmp.Or(strings.Join(slices.Sorted(slices.Values(names)), ", "), "none"))
		if near := document.Suggest(name, names); near != "" {
			text += fmt.Sprintf(": did you mean %q?", near)
		}
		return wrong(errors.New(text))
	}
	return nil
}

// limit reads how many somebody wants, from 1.
func limit(values url.Values, usual, most int) (int, error) {
	return number(values, "limit", usual, most)
}

// number reads a number from 1.
func number(values url.Values, name string, usual, most int) (int, error) {
	text := values.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, wrong(fmt.Errorf("%s %q, want a number from 1 to %d", name, text, most))
	}
	return n, nil
}

// page returns a part of a list that is sorted by the key, which no two entries share: as
// many as the request wants, behind its cursor; and the cursor of the part behind it, ""
// when there is none. What is added or removed between two pages does not move the others.
// Also are the other parameters that the handler reads.
func page[T any](r *http.Request, list []T, key func(*T) string, also ...string) (part []T, next string, err error) {
	values, err := known(r, append(also, "cursor", "limit")...)
	if err != nil {
		return nil, "", err
	}
	most, err := limit(values, listed, maxList)
	if err != nil {
		return nil, "", err
	}
	if text := values.Get("cursor"); text != "" {
		after, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, "", wrong(errors.New("the cursor is none of this list: want the next of the page before"))
		}
		at, found := slices.BinarySearchFunc(list, string(after), func(one T, after string) int { return strings.Compare(key(&one), after) })
		if found {
			at++
		}
		list = list[at:]
	}
	if len(list) > most {
		list = list[:most]
		next = base64.RawURLEncoding.EncodeToString([]byte(key(&list[most-1])))
	}
	return list, next, nil
}
