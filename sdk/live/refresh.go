// The generated Go client at a running service: what the compiler knows of its answers, and that they come.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	refresh "session-refresh/sdk/generated/go"
)

// client sends the token with each request, as only the user whose it is may have it.
func client(token string) *refresh.AuthenticationAPIService {
	configuration := refresh.NewConfiguration()
	configuration.Servers = refresh.ServerConfigurations{{URL: os.Getenv("SERVICE")}}
	configuration.AddDefaultHeader("Cookie", "vk_org_token="+token)
	return refresh.NewAPIClient(configuration).AuthenticationAPI
}

// next refreshes a session, and returns the token that takes the place of this one.
func next(token string) (string, error) {
	request := client(token).RefreshAuthSession(context.Background())
	_, answer, err := request.VerifaVersion(refresh.V2026_01_01).Body(map[string]any{}).Execute()
	if err != nil {
		return "", err
	}
	return answer.Cookies()[0].Value, nil
}

func refreshes(token string) {
	second, err := next(token)
	if err != nil || second == token {
		log.Fatalf("go: not refreshed: %v", err)
	}
	if _, err = next(second); err != nil {
		log.Fatalf("go: the new token was refused: %v", err)
	}
}

func refreshesByKey(token string) {
	keys := map[string]refresh.APIKey{"apiKey": {Key: os.Getenv("API_KEY")}}
	session := context.WithValue(context.Background(), refresh.ContextAPIKeys, keys)
	body, answer, err := client(token).RefreshAuthSession(session).Body(map[string]any{}).Execute()
	if err != nil {
		log.Fatalf("go: not refreshed by key: %v", err)
	}
	var refreshed bool = body.Refreshed
	version, err := refresh.NewApiVersionFromValue(answer.Header.Get("Verifa-Version"))
	if !refreshed || err != nil || *version != refresh.V2026_01_01 {
		log.Fatalf("go: not the version of the key: %v", answer.Header)
	}
}

func refuses(token string) {
	_, err := next(token)
	var refusal *refresh.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		log.Fatalf("go: not refused: %v", err)
	}
	answer, known := refusal.Model().(refresh.ErrorResponse)
	if !known || answer.Error != refresh.UNAUTHORIZED || answer.StatusCode != 401 {
		log.Fatalf("go: not refused as unauthorized: %v", err)
	}
}

func main() {
	refreshes(os.Getenv("TOKEN"))
	refreshesByKey(os.Getenv("TOKEN"))
	refuses("a.b.c")
	fmt.Println("go: refreshed, and refused")
}
