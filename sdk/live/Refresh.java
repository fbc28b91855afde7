// The generated Java client at a running service: what the compiler knows of its answers, and that they come.
import java.net.HttpCookie;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.api.AuthenticationApi;
import org.openapitools.client.model.ApiVersion;
import org.openapitools.client.model.ErrorCode;
import org.openapitools.client.model.ErrorResponse;
import org.openapitools.client.model.RefreshResponse;

final class Refresh {
    private static final ApiClient CLIENT = new ApiClient();

    /** Refreshes a session, and returns the token that takes the place of this one. */
    static String next(String token) throws ApiException {
        var cookie = Map.of("Cookie", "vk_org_token=" + token);
        var answer = new AuthenticationApi(CLIENT)
            .refreshAuthSessionWithHttpInfo(ApiVersion.V2026_01_01, Map.of(), cookie);
        var header = answer.getHeaders().get("set-cookie").get(0);
        return HttpCookie.parse(header).get(0).getValue();
    }

    static void refreshes(String token) throws ApiException {
        String second = next(token);
        check(!second.equals(token) && !next(second).equals(second), "not refreshed");
    }

    static void refreshesByKey(String token) throws ApiException {
        var headers = Map.of("Cookie", "vk_org_token=" + token, "X-API-Key", System.getenv("API_KEY"));
        ApiResponse<RefreshResponse> answer =
            new AuthenticationApi(CLIENT).refreshAuthSessionWithHttpInfo(null, Map.of(), headers);
        boolean refreshed = answer.getData().getRefreshed();
        ApiVersion version = ApiVersion.fromValue(answer.getHeaders().get("verifa-version").get(0));
        check(refreshed && version == ApiVersion.V2026_01_01, "not the version of the key");
    }

    static void refuses(String token) throws Exception {
        try {
            next(token);
        } catch (ApiException refusal) {
            ErrorResponse answer = CLIENT.getObjectMapper().readValue(refusal.getResponseBody(), ErrorResponse.class);
            int status = answer.getStatusCode();
            check(answer.getError() == ErrorCode.UNAUTHORIZED && status == 401, "not refused as unauthorized");
            return;
        }
        check(false, "not refused");
    }

    private static void check(boolean so, String otherwise) {
        if (!so) {
            throw new IllegalStateException("java: " + otherwise);
        }
    }

    public static void main(String[] arguments) throws Exception {
        CLIENT.updateBaseUri(System.getenv("SERVICE"));
        refreshes(System.getenv("TOKEN"));
        refreshesByKey(System.getenv("TOKEN"));
        refuses("a.b.c");
        System.out.println("java: refreshed, and refused");
    }
}
