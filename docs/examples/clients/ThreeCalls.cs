using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

/// <summary>
/// The three calls that a case system needs, for .NET and for Mono:
///
///     mcs -r:System.Net.Http ThreeCalls.cs, then mono ThreeCalls.exe http://127.0.0.1:8080
///
/// It finds what it prints by patterns, to need no package; use the JSON library that you have.
/// </summary>
public class ThreeCalls
{
    private readonly HttpClient client = new HttpClient();
    private readonly string service;

    private ThreeCalls(string service)
    {
        this.service = service;
        string token = Environment.GetEnvironmentVariable("TOKEN");
        if (token != null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public static void Main(string[] words)
    {
        new ThreeCalls(words[0]).Run().GetAwaiter().GetResult();
    }

    private async Task Run()
    {
        // 1. After each save: the case as it stands.
        await Call(HttpMethod.Put, "/cases/SA-1001", "{\"schema\": \"msp-case/1\", \"events\": ["
            + "{\"type\": \"concern_raised\", \"id\": \"e1\", \"occurred\": \"2026-01-05T10:00:00Z\","
            + " \"identified_adult\": \"yes\"}]}");
        Console.WriteLine("the case is handed over");

        // 2. While a worker is in the case: the cards to show.
        string cards = await Call(
            HttpMethod.Get, "/cases/SA-1001/prompts?step=concern_raised&role=worker", null);
        Console.WriteLine("a card: " + First("summary", cards));

        // 3. What the worker did with a card. The id is the host's own: the same again changes nothing.
        string heard = await Call(HttpMethod.Post, "/cases/SA-1001/feedback", "{\"id\": \"cs-1\", \"card\": \""
            + First("uuid", cards) + "\", \"kind\": \"shown\", \"role\": \"worker\"}");
        Console.WriteLine("feedback: " + First("heard_as", heard));
    }

    private async Task<string> Call(HttpMethod method, string path, string body)
    {
        HttpRequestMessage request = new HttpRequestMessage(method, service + path);
        if (body != null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        HttpResponseMessage answer = await client.SendAsync(request);
        string said = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
        {
            // application/problem+json: "detail" says what to do, "pointer" where.
            throw new HttpRequestException(First("detail", said));
        }
        return said;
    }

    private static string First(string name, string json)
    {
        return Regex.Match(json, "\"" + name + "\":\"((?:[^\"\\\\]|\\\\.)*)\"").Groups[1].Value;
    }
}
