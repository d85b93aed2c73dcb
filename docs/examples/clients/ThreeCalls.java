import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The three calls that a case system needs, for Java 11 and later:
 *
 *     java ThreeCalls.java http://127.0.0.1:8080
 *
 * It finds what it prints by patterns, to need no library; use the JSON library that you have.
 */
public class ThreeCalls {
    private final HttpClient client = HttpClient.newHttpClient();
    private final String service;

    ThreeCalls(String service) {
        this.service = service;
    }

    public static void main(String[] words) throws IOException, InterruptedException {
        ThreeCalls host = new ThreeCalls(words[0]);

        // 1. After each save: the case as it stands.
        host.call("PUT", "/cases/SA-1001", "{\"schema\": \"msp-case/1\", \"events\": ["
            + "{\"type\": \"concern_raised\", \"id\": \"e1\", \"occurred\": \"2026-01-05T10:00:00Z\","
            + " \"identified_adult\": \"yes\"}]}");
        System.out.println("the case is handed over");

        // 2. While a worker is in the case: the cards to show.
        String cards = host.call("GET", "/cases/SA-1001/prompts?step=concern_raised&role=worker", "");
        System.out.println("a card: " + first("summary", cards));

        // 3. What the worker did with a card. The id is the host's own: the same again changes nothing.
        String heard = host.call("POST", "/cases/SA-1001/feedback", "{\"id\": \"java-1\", \"card\": \""
            + first("uuid", cards) + "\", \"kind\": \"shown\", \"role\": \"worker\"}");
        System.out.println("feedback: " + first("heard_as", heard));
    }

    private String call(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(service + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
        String token = System.getenv("TOKEN");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 400) {
            // application/problem+json: "detail" says what to do, "pointer" where.
            throw new IOException(first("detail", answer.body()));
        }
        return answer.body();
    }

    private static String first(String name, String json) {
        Matcher found = Pattern.compile("\"" + name + "\":\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }
}
